// The kernel lab: a kernel slides over a photograph, or over the reader's own picture.
Widgets.define("kernel_lab", (() => {
  "use strict";

  // --- arithmetic, as in lib.convolution -----------------------------------------------------

  const outputSize = (size, kernel, stride, padding) =>
    Math.max(0, Math.floor((size + 2 * padding - kernel) / stride) + 1);

  // Slide a kernel over one plane, {data, height, width}; around it are zeros. Each row of windows
  // is added up kernel cell by kernel cell, in double precision, and rounded once.
  function convolve({ data, height, width }, kernel, stride, padding) {
    const [rows, columns] = [height, width].map((size) => outputSize(size, kernel.length, stride, padding));
    const across = width + 2 * padding, padded = new Float32Array((height + 2 * padding) * across);
    for (let r = 0; r < height; r++) {
      padded.set(data.subarray(r * width, (r + 1) * width), (r + padding) * across + padding);
    }
    const out = new Float32Array(rows * columns), sums = new Float64Array(columns);
    for (let p = 0; p < rows; p++) {
      sums.fill(0);
      kernel.forEach((line, i) => line.forEach((weight, j) => {
        if (weight === 0) return;
        const start = (p * stride + i) * across + j;
        if (stride === 1) for (let q = 0; q < columns; q++) sums[q] += weight * padded[start + q];
        else for (let q = 0, from = start; q < columns; q++, from += stride) sums[q] += weight * padded[from];
      }));
      out.set(sums, p * columns);
    }
    return { data: out, height: rows, width: columns };
  }

  // The window of output (p, q), rows of numbers; null in the padding.
  const windowOf = ({ data, height, width }, size, p, q, stride, padding) => square(size, (i, j) => {
    const r = p * stride + i - padding, c = q * stride + j - padding;
    return r >= 0 && r < height && c >= 0 && c < width ? data[r * width + c] : null;
  });

  // Red, green and blue from 0 to 1, or the one plane of how bright we see them (ITU-R BT.601).
  function planesOf({ data, height, width }, colors) {
    const length = height * width;
    const plane = (f) => ({ data: Float32Array.from({ length }, (_, i) => f(4 * i) / 255), height, width });
    if (colors === "color") return [0, 1, 2].map((channel) => plane((i) => data[i + channel]));
    return [plane((i) => 0.299 * data[i] + 0.587 * data[i + 1] + 0.114 * data[i + 2])];
  }

  // --- kernels, as in lib.figures.convolution ------------------------------------------------

  const square = (size, f) => Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => f(i, j)));
  const KERNELS = {
    "Sobel, left to right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "Sobel, top to bottom": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    Laplacian: [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
    "box blur": square(3, () => 1 / 9),
    sharpen: [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    emboss: [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
    identity: [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
  };

  // A wider kernel is the 3 × 3 one on a picture that is blurred first, unless it is defined itself.
  function makeKernel(name, size) {
    const kernel = KERNELS[name], center = resized([[1]], size);
    if (name === "identity") return center;
    if (size === 3) return kernel;
    if (name === "box blur") return square(size, () => 1 / size ** 2);
    if (name === "sharpen") {
      const edges = makeKernel("Laplacian", size);
      return square(size, (i, j) => center[i][j] - edges[i][j]);
    }
    const blur = Array.from({ length: size - 2 }, (_, i) => choose(size - 3, i) / 2 ** (size - 3));
    return square(size, (i, j) => {
      let sum = 0;
      kernel.forEach((row, r) => row.forEach((weight, c) => { sum += weight * (blur[i - r] ?? 0) * (blur[j - c] ?? 0); }));
      return sum;
    });
  }
  const choose = (n, k) => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);

  // A kernel of another size: zeros around it, or its middle alone.
  function resized(kernel, size) {
    const shift = (size - kernel.length) / 2;
    return square(size, (i, j) => kernel[i - shift]?.[j - shift] ?? 0);
  }
  const sumOf = (kernel) => kernel.flat().reduce((a, b) => a + b, 0);
  const nearly = (a, b) => Math.abs(a - b) < 1e-9;

  // --- how an output is shown ----------------------------------------------------------------

  // Weights that add up to about nothing give both signs: zero is in the middle. Others keep the
  // picture's brightness, times their sum.
  function scaleOf(kernel, planes, stride, padding) {
    const sum = sumOf(kernel);
    if (sum >= 0.5) return { signed: false, low: 0, high: Math.abs(sum - 1) < 0.05 ? 1 : sum };
    const limit = Math.max(...planes.map((plane) => usual(plane, Math.ceil(padding / stride)))) || 1;
    return { signed: true, low: -limit, high: limit };
  }

  // The magnitude that all but half a percent stay below: a few extremes would make the rest pale.
  // Off the padding, whose false edges would outshine the picture's. Counted in bins of the largest.
  function usual({ data, height, width }, frame) {
    const each = (visit) => {
      for (let r = frame; r < height - frame; r++) {
        for (let c = frame; c < width - frame; c++) visit(Math.abs(data[r * width + c]));
      }
    };
    const counts = new Uint32Array(BINS + 1);
    let most = 0, bin = BINS;
    each((value) => { if (value > most) most = value; });
    each((value) => { counts[Math.floor((BINS * value) / (most || 1))]++; });
    for (let beyond = counts[bin]; bin > 0 && beyond < 0.005 * height * width; beyond += counts[bin]) bin--;
    return (most * (bin + 1)) / (BINS + 1);
  }
  const BINS = 511;

  const ENDS = [[179, 88, 6], [247, 247, 247], [33, 102, 172]]; // the book's diverging scale
  const ramp = (share, channel) => {
    const place = 2 * share, from = place < 1 ? 0 : 1;
    return ENDS[from][channel] + (place - from) * (ENDS[from + 1][channel] - ENDS[from][channel]);
  };
  // An odd number of levels, 0 to 254: the one in the middle is exactly zero's.
  const LAST = 254, level = (i, channel) => Math.round(ramp(Math.min(1, i / LAST), channel));
  const SIGNED = [0, 1, 2].map((channel) => Uint8Array.from({ length: 256 }, (_, i) => level(i, channel)));

  // One plane in gray or on the diverging scale; three as red, green and blue.
  function paint(canvas, planes, { signed, low, high }) {
    const { height, width } = planes[0], image = new ImageData(width, height), one = planes.length === 1;
    image.data.fill(255);
    for (let channel = 0; channel < 3; channel++) {
      const { data } = planes[one ? 0 : channel], colors = signed && one ? SIGNED[channel] : null;
      const scale = (colors === null ? 255 : LAST) / (high - low);
      for (let i = 0, at = channel; i < data.length; i++, at += 4) {
        image.data[at] = (data[i] - low) * scale; // it cuts off what is beyond, and rounds
        if (colors !== null) image.data[at] = colors[image.data[at]];
      }
    }
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  }

  // --- the figure ----------------------------------------------------------------------------

  const LARGEST = 300, COLORS = ["red", "green", "blue"]; // pixels along the longer side

  // A number in a small cell: .50 for 0.5.
  function brief(number) {
    const text = Number.isInteger(number) ? `${number}` : number.toFixed(2);
    return Number(text) === 0 ? "0" : text.replace("-", "\u2212").replace(/^(\u2212?)0\./, "$1.");
  }

  // Read a picture and make it small, in the page: nothing leaves it.
  async function pixelsOf(source) {
    const bitmap = await createImageBitmap(source);
    const share = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
    const [width, height] = [bitmap.width, bitmap.height].map((n) => Math.max(8, Math.round(n * share)));
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
    context.fillRect(0, 0, width, height); // below what is transparent
    context.drawImage(bitmap, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  }
  function blobOf(url) {
    const [kind, text] = url.slice("data:".length).split(";base64,");
    return new Blob([Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))], { type: kind });
  }

  function mount(view, given, changed) {
    const { element, stepper, choices, button, grid, sayer, format } = Widgets;
    let state = given, picture = null, own = false, shown = null, at = null;
    let input = [], output = [], scale = null, channel = 0, shownIn = null;
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };
    const names = Object.keys(KERNELS), sized = { 3: "3 × 3", 5: "5 × 5", 7: "7 × 7" };
    const choice = (label, options, action, value = "") => choices({ label, value, options, changed: action });
    const kernels = choice("kernel", names, (name) => change({ kernel: makeKernel(name, state.kernel.length) }));
    const sizes = choice("size", sized, (size) => resize(Number(size)));
    const colors = choice("picture in", ["gray", "color"], (name) => change({ colors: name }));
    const channels = choice("numbers of", COLORS, (name) => { channel = COLORS.indexOf(name); show(); }, "red");
    const stride = stepper({ label: "stride", value: 1, low: 1, high: 4, changed: (n) => change({ stride: n }) });
    const padding = stepper({ label: "padding", value: 0, low: 0, high: 3, changed: (n) => change({ padding: n }) });
    const normalize = button("make the sum 1", () => { const sum = sumOf(state.kernel); edit((w) => w / sum); });
    const file = element("input", {
      type: "file", accept: "image/*", class: "widget-heard", tabindex: -1, "aria-hidden": "true",
      onchange: () => { if (file.files[0]) take(file.files[0]); file.value = ""; },
    });
    const open = button("own picture …", () => file.click());
    const back = button("back to the photograph", () => { own = false; shown = null; load(); open.focus(); });

    const place = (kind) => {
      const canvas = element("canvas"), mark = element("div", { class: "kernel-lab-mark" });
      const root = element("div", {
        class: "kernel-lab-picture", tabindex: 0, role: "application",
        onpointermove: (event) => { if (event.pointerType === "mouse" || event.buttons > 0) point(event); },
        onpointerdown: (event) => { root.setPointerCapture(event.pointerId); point(event); },
        onkeydown: (event) => keys(event),
      }, canvas, mark);
      function point(event) {
        const { left, top, width, height } = canvas.getBoundingClientRect(), middle = (state.kernel.length - 1) / 2;
        const pixel = [((event.clientY - top) / height) * canvas.height, ((event.clientX - left) / width) * canvas.width];
        const windowAround = (n) => Math.round((n + state.padding - middle) / state.stride);
        move(...pixel.map(Math.floor).map((n) => (kind === "output" ? n : windowAround(n))));
      }
      return { root, canvas, mark };
    };
    const before = place("input"), after = place("output"), words = sayer();
    const title = (text = "") => element("div", { class: "widget-title" }, text);
    const panel = (...parts) => element("div", { class: "widget-panel" }, ...parts);
    const beforeTitle = title(), afterTitle = title(), productTitle = title(), weightTitle = title();
    const low = element("span"), high = element("span"), bar = element("div", { class: "kernel-lab-ramp" });
    const legend = element("div", { class: "kernel-lab-legend" }, low, bar, high);
    const note = (text = "") => element("p", { class: "kernel-lab-note" }, text), credit = note();
    const sign = (text) => element("div", { class: "kernel-lab-sign", "aria-hidden": "true" }, text);
    const pixels = grid({ label: "window" }), products = grid({ label: "products" });
    const typed = (r, c, number) => edit((w, i, j) => (i === r && j === c ? number : w));
    const weights = grid({ label: "kernel", edited: typed });
    const controls = [kernels, sizes, colors, stride, padding].map(({ root }) => root);
    view.append(
      element("div", { class: "widget-controls" }, ...controls, normalize, open, file, back),
      element("div", { class: "widget-panels kernel-lab-pictures", ondragover: (event) => event.preventDefault(), ondrop: drop },
        panel(beforeTitle, before.root, credit), panel(afterTitle, after.root, legend)),
      element("div", { class: "widget-panels kernel-lab-probe" }, 
        panel(title("window"), pixels.root), sign("\u00d7"), panel(weightTitle, weights.root, note("type into it")), sign("="),
        panel(productTitle, products.root, channels.root)),
      words.root,
    );

    function edit(f) {
      change({ kernel: state.kernel.map((row, i) => row.map((w, j) => f(w, i, j))) });
    }
    // The name of the present kernel; "" if it was typed.
    function named() {
      const weights = state.kernel.flat(), made = (name) => makeKernel(name, state.kernel.length).flat();
      const isIt = (name) => made(name).every((w, i) => nearly(w, weights[i]));
      return names.find(isIt) ?? "";
    }
    function resize(size) {
      const name = named(), kernel = name ? makeKernel(name, size) : resized(state.kernel, size);
      change({ kernel, padding: Math.min(state.padding, (size - 1) / 2) });
    }

    async function load() {
      if (own || shown === state.picture) return;
      shown = state.picture;
      adopt(await pixelsOf(blobOf(state.picture)));
    }
    async function take(source) {
      try {
        const found = await pixelsOf(source);
        own = true;
        adopt(found);
      } catch {
        words.say("This file holds no picture that the browser can read.");
      }
    }
    function drop(event) {
      event.preventDefault();
      const [first] = event.dataTransfer.files;
      if (first) take(first);
    }
    function adopt(found) {
      picture = found;
      at = shownIn = null;
      draw();
      view.dataset.drawn = own ? "own" : "photograph";
    }

    function draw() {
      const { kernel, stride: S, padding: P } = state, sum = sumOf(kernel), isColor = state.colors === "color";
      kernels.set(named());
      sizes.set(String(kernel.length));
      colors.set(state.colors);
      stride.set(S);
      padding.set(P, 0, (kernel.length - 1) / 2);
      normalize.disabled = nearly(sum, 0) || nearly(sum, 1);
      channels.root.hidden = !isColor;
      back.hidden = !own;
      const whose = own ? "Your picture;" : `${state.credit} Or drop your own here:`;
      credit.textContent = `${whose} it stays in this page.`;
      weightTitle.textContent = `kernel, sum ${format(sum)}`;
      if (picture === null) return;
      if (shownIn !== state.colors) {
        input = planesOf(picture, shownIn = state.colors);
        paint(before.canvas, input, { low: 0, high: 1 });
      }
      output = input.map((plane) => convolve(plane, kernel, S, P));
      scale = scaleOf(kernel, output, S, P);
      paint(after.canvas, output, scale);
      [before, after].forEach(({ root, canvas }) => { root.style.width = `${(100 * canvas.width) / picture.width}%`; });
      const size = ({ height, width }) => `${height} × ${width}`;
      beforeTitle.textContent = `picture, ${size(input[0])}`;
      afterTitle.textContent = `output, ${size(output[0])}`;
      bar.dataset.kind = !scale.signed ? "gray" : isColor ? "channels" : "signed";
      const zero = !scale.signed ? "" : isColor ? "; gray is 0" : "; white is 0";
      [low.textContent, high.textContent] = [format(scale.low), `${format(scale.high)}${zero}`];
      at ??= strongest();
      show();
    }
    // Where the probe begins: at the largest output, an edge if the kernel finds edges.
    function strongest() {
      const { data, height, width } = output[0], middle = [height >> 1, width >> 1];
      if (!scale.signed) return middle;
      let best = middle[0] * width + middle[1];
      for (let r = 3; r < height - 3; r++) {
        for (let i = r * width + 3; i < (r + 1) * width - 3; i++) if (Math.abs(data[i]) > Math.abs(data[best])) best = i;
      }
      return [Math.floor(best / width), best % width];
    }
    function move(row, column) {
      if (picture === null) return;
      at = [row, column];
      show();
    }
    function keys(event) {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const far = event.shiftKey ? 10 : 1;
      move(at[0] + far * step[0], at[1] + far * step[1]);
    }

    function show() {
      const { height, width } = output[0], { kernel, stride: S, padding: P } = state, K = kernel.length;
      const [p, q] = (at = [Math.max(0, Math.min(height - 1, at[0])), Math.max(0, Math.min(width - 1, at[1]))]);
      const chosen = Math.min(channel, input.length - 1), seen = windowOf(input[chosen], K, p, q, S, P);
      const multiplied = square(K, (i, j) => kernel[i][j] * (seen[i][j] ?? 0));
      const each = (rows, f) => rows.map((row, i) => row.map((value, j) => f(value, i, j)));
      const tinted = (rows, limit) => each(rows, (value) => ({ value, text: brief(value), limit }));
      const largest = (rows) => Math.max(...rows.flat().map(Math.abs));
      pixels.set(each(seen, (value) => (value === null ? { value: 0, kind: "padding" } : { value, text: brief(value) })));
      each(seen, (value, i, j) => { if (value !== null) Object.assign(pixels.at(i, j).style, ground(value)); });
      weights.set(tinted(kernel, largest(kernel)));
      products.set(tinted(multiplied, largest(multiplied)));
      const sums = output.map(({ data }) => format(data[p * width + q]));
      productTitle.textContent = `products, sum ${sums[chosen]}`;
      frame(before, p * S - P, q * S - P, K, input[0]);
      frame(after, p, q, 1, output[0]);
      const where = `row ${p + 1}, column ${q + 1}`, keysHelp = "arrow keys move the window, with Shift by 10";
      before.root.setAttribute("aria-label", `picture, ${where}; ${keysHelp}`);
      after.root.setAttribute("aria-label", `output, ${where}; ${keysHelp}`);
      const result = sums.length === 1 ? sums[0] : COLORS.map((name, i) => `${name} ${sums[i]}`).join(", ");
      words.say(`R${where.slice(1)} of the output: the ${K * K} products add up to ${result}.`);
    }
    // Frame a square of a picture; in percent, so that it follows the picture's size.
    function frame({ mark }, row, column, size, { height, width }) {
      const percent = ([n, of]) => `${(100 * n) / of}%`;
      const box = { top: [row, height], left: [column, width], height: [size, height], width: [size, width] };
      for (const [side, share] of Object.entries(box)) mark.style[side] = percent(share);
    }
    function ground(value) {
      const gray = Math.round(255 * value);
      return { background: `rgb(${gray} ${gray} ${gray})`, color: gray > 140 ? "#010101" : "#ffffff" };
    }

    draw();
    load();
    return (next) => { state = next; draw(); load(); };
  }

  return { mount, convolve, makeKernel, planesOf, windowOf, scaleOf, resized };
})());
