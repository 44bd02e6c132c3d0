// Inside a network: every layer's maps, the arithmetic behind a pixel, and what an answer rests on.
Widgets.define("maps", (() => {
  "use strict";

  const { backward, gradCam, behind } = Widgets.defined.convnet;
  const { element, button, choices, grid, mosaic, sayer, format } = Widgets;
  const LARGEST = 40; // CSS pixels along a side of a map in its row
  const ANSWER = "the answer";
  const NARROW = 560; // CSS pixels; a narrower figure has half as many maps in a row
  const REST = 80; // milliseconds without a change, after which the reasons are worked out
  const title = (...text) => element("div", { class: "widget-title" }, ...text);
  const times = (shape) => shape.map((n) => n.toLocaleString("en-US")).join(" × ");
  const signed = (number) => (number < 0 ? `(${format(number, 3)})` : format(number, 3));

  // --- words -----------------------------------------------------------------------------------

  function described({ type, shape, weight, kernel_size }) {
    const [count, ...size] = shape, many = size.length === 0 ? `${count} numbers` : `${count} × ${times(size)}`;
    const how = {
      Normalize: "the picture, normalized",
      Conv2d: weight && `${count} filters of ${times(weight.shape.slice(1))}`,
      ReLU: "negative numbers become 0",
      MaxPool2d: kernel_size && `the largest of ${times(kernel_size)}`,
      Linear: weight && `fully connected to ${weight.shape[1].toLocaleString("en-US")} numbers`,
    }[type];
    return `${many}: ${how}`;
  }

  // The arithmetic behind a number, in one sentence.
  function sentence(type, { channels, bias, value }) {
    const sums = channels.map((channel) => channel.sum), total = sums.reduce((a, b) => a + b, 0);
    const end = ` + bias ${signed(bias)} = ${format(value, 3)}`;
    if (type === "Linear") return `${channels[0].pixels.length.toLocaleString("en-US")} products add up to ${format(total, 3)};${end.replace(" +", "")}`.replace("; bias", "; with the bias");
    if (type === "Conv2d" && sums.length === 1) return `The products add up to ${format(total, 3)}${end}`;
    if (type === "Conv2d") return `The sums of ${sums.length} channels: ${sums.slice(0, 3).map(signed).join(" + ")} + … = ${format(total, 3)};${end}`.replace("; +", " +");
    const pixels = channels[0].pixels.map((pixel) => format(pixel, 3));
    if (type === "MaxPool2d") return `The largest of ${pixels.join(", ")} is ${format(value, 3)}.`;
    if (type === "ReLU") return `max(0, ${pixels[0]}) = ${format(value, 3)}`;
    return `${pixels[0]} becomes ${format(value, 3)}.`;
  }

  // --- every layer's maps ----------------------------------------------------------------------

  // One layer: its maps side by side, a button upon each. Returns {root, show(pass), focus(map)}.
  function layerRow(layer, columns, opens) {
    const [count, height, width] = [...layer.shape, 1, 1], across = Math.min(count, columns);
    const maps = mosaic({ count, height, width, columns: across, "aria-hidden": "true" });
    const unit = layer.shape.length === 3 ? "map" : "number";
    let reached = 0;
    const buttons = Array.from({ length: count }, (_, map) => element("button", {
      type: "button", tabindex: map === 0 ? 0 : -1, "aria-expanded": "false",
      "aria-label": `${layer.name}, ${unit} ${map}`, onclick: () => { reach(map); opens(map); },
    }));
    const over = element("div", { class: "maps-buttons", onkeydown: keys }, ...buttons);
    over.style.gridTemplate = `repeat(${Math.ceil(count / across)}, 1fr) / repeat(${across}, 1fr)`;
    const picture = element("div", { class: "maps-picture" }, maps.canvas, over);
    picture.style.width = `min(100%, ${across * LARGEST}px)`;

    function reach(map) {
      buttons[reached].tabIndex = -1;
      buttons[(reached = map)].tabIndex = 0;
      buttons[map].focus();
    }
    function keys(event) {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key];
      if (!step) return;
      if (buttons[reached + step]) reach(reached + step);
      event.preventDefault();
    }
    return {
      root: element("div", { class: "maps-layer", role: "group", "aria-label": layer.name },
        element("div", { class: "maps-name" }, element("b", {}, layer.name), ` ${described(layer)}`), picture),
      show: ({ y }) => maps.draw(y.data),
      mark: (map) => buttons.forEach((one, m) => one.setAttribute("aria-expanded", String(m === map))),
      focus: reach,
    };
  }

  // --- the arithmetic behind a pixel -----------------------------------------------------------

  // One map, large, with a frame around some of its pixels. at(row, column) is called when a pixel
  // is pointed at, or reached with the arrow keys.
  function largeMap(label, at = null) {
    const frame = element("span", { class: "maps-frame" });
    const root = element("div", { class: "maps-large", ...(at ? { tabindex: 0, role: "application", onkeydown: keys, onpointermove: point, onpointerdown: point } : { role: "img" }) });
    let picture = null, size = "", place = [0, 0], shape = [1, 1];
    function point(event) {
      const box = root.getBoundingClientRect();
      const [r, c] = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width].map((share, axis) =>
        Math.max(0, Math.min(shape[axis] - 1, Math.floor(share * shape[axis]))));
      if (r !== place[0] || c !== place[1]) at(r, c);
    }
    function keys(event) {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const [r, c] = place.map((n, axis) => Math.max(0, Math.min(shape[axis] - 1, n + step[axis])));
      at(r, c);
    }
    // The frame begins at (top, left), which may lie in the padding.
    function show(data, [height, width], limit, { top, left, rows, columns }) {
      if (size !== `${height},${width}`) {
        picture = mosaic({ count: 1, height, width, "aria-hidden": "true" });
        root.replaceChildren(picture.canvas, frame);
        size = `${height},${width}`;
      }
      [shape, place] = [[height, width], [top, left]];
      picture.draw(data, limit);
      const cut = (from, length, end) => [Math.max(0, from), Math.min(end, from + length)];
      const [t, b] = cut(top, rows, height), [l, r] = cut(left, columns, width);
      const share = (n, whole) => `${(100 * n) / whole}%`;
      Object.assign(frame.style, { top: share(t, height), left: share(l, width), height: share(b - t, height), width: share(r - l, width) });
      root.setAttribute("aria-label", at ? `${label}, row ${top}, column ${left}; arrow keys move` : label);
    }
    return { root, show };
  }

  const most = (numbers) => numbers.reduce((limit, number) => Math.max(limit, Math.abs(number)), 0);
  const rows = (numbers, [height, width], cell) =>
    Array.from({ length: height }, (_, r) => Array.from({ length: width }, (_, c) => cell(r * width + c)));

  // A panel for one pixel of one map. opens(place) when another is chosen, null when it is closed.
  function magnifier(opens) {
    let shown = null, channel = 0;
    const words = sayer(), heading = title();
    const input = largeMap("the channel that is read"), output = largeMap("the map", (row, column) => opens({ ...shown.place, row, column }));
    const read = grid({ label: "the pixels in the window" }), weights = grid({ label: "the weights of the filter" });
    const sums = grid({ label: "the sum of the products of each channel", seen: (r, c) => hold(8 * r + c) });
    const readTitle = title(), inputTitle = title(), filters = element("div", { class: "maps-filters" });
    const panel = (heading, ...inside) => element("div", { class: "widget-panel" }, heading, ...inside);
    const parts = {
      input: panel(inputTitle, input.root), read: panel(readTitle, read.root),
      weights: panel(title("× its weights"), weights.root), output: panel(title("gives"), output.root),
      sums: panel(title("the sum of each channel"), sums.root), filters: panel(title("all weights"), filters),
    };
    const root = element("div", { class: "maps-open", onkeydown: (event) => { if (event.key === "Escape") opens(null); } },
      element("div", { class: "maps-head" }, heading, button("Close", () => opens(null))),
      element("div", { class: "widget-panels" }, ...Object.values(parts)), words.root);

    function hold(next) {
      if (next === channel || next >= shown.found.channels.length) return;
      channel = next;
      fill();
    }
    function show(pass, before, place) {
      const same = shown !== null && shown.place.layer === place.layer && shown.place.map === place.map;
      const found = behind(pass, place.map, place.row, place.column);
      shown = { pass, before, place, found };
      if (!same) {
        const sizes = found.channels.map(({ sum }) => Math.abs(sum));
        channel = sizes.indexOf(Math.max(...sizes)); // the one that says most
      }
      fill();
    }
    function fill() {
      const { pass: { layer, x, y }, before, place: { map, row, column }, found } = shown;
      const flat = layer.shape.length === 1, convolves = layer.type === "Conv2d", count = found.channels.length;
      const source = convolves ? channel : map, { pixels, padded, weights: w } = found.channels[channel];
      const hidden = { input: flat, read: flat, weights: !convolves, sums: !convolves || count === 1, filters: !(layer.weight && (count > 1 || flat)), output: flat };
      Object.entries(parts).forEach(([name, part]) => (part.hidden = hidden[name]));
      heading.textContent = `${layer.name}, ${flat ? "number" : "map"} ${map}${flat ? "" : `: row ${row}, column ${column}`}`;
      words.say(sentence(layer.type, found));
      if (!hidden.filters) drawFilters(layer, before, map);
      if (flat) return;
      const [, H, W] = x.shape, [, OH, OW] = y.shape, [KH, KW] = found.shape;
      const [[SH, SW], [PH, PW]] = [layer.stride ?? [1, 1], layer.padding ?? [0, 0]];
      inputTitle.textContent = convolves && count > 1 ? `channel ${channel} of ${count}` : "reads";
      readTitle.textContent = KH * KW > 1 ? "the window" : "the number";
      input.show(x.data.subarray(source * H * W, (source + 1) * H * W), [H, W], most(x.data), { top: row * SH - PH, left: column * SW - PW, rows: KH, columns: KW });
      output.show(y.data.subarray(map * OH * OW, (map + 1) * OH * OW), [OH, OW], most(y.data), { top: row, left: column, rows: 1, columns: 1 });
      const limit = most(x.data);
      read.set(rows(pixels, found.shape, (k) => ({ value: pixels[k], limit, kind: padded[k] ? "padding" : undefined })));
      if (convolves) weights.set(rows(w, found.shape, (k) => ({ value: w[k], limit: most(layer.weight.data) })));
      if (!hidden.sums) {
        const all = found.channels.map(({ sum }) => sum), limit = most(all);
        sums.set(rows(all, [count / 8, 8], (c) => ({ value: all[c], limit, name: `channel ${c}` })));
        sums.mark([[Math.floor(channel / 8), channel % 8]]);
      }
    }
    // The weights of one filter as pictures: a slice for each channel, or for each map of a flat input.
    function drawFilters(layer, before, map) {
      const [, ...shape] = layer.weight.shape, each = shape.reduce((a, b) => a * b);
      const [C, H, W] = shape.length === 3 ? shape : before.x.shape.length === 3 ? before.x.shape : [1, 1, each];
      const pictures = mosaic({ count: C, height: H, width: W, columns: Math.min(C, 8), gap: 1, role: "img", "aria-label": "the weights as a picture" });
      pictures.draw(layer.weight.data.subarray(map * each, (map + 1) * each));
      pictures.canvas.style.width = `${Math.min(C, 8) * Math.max(24, W)}px`;
      filters.replaceChildren(pictures.canvas);
    }
    return { root, show, forget: () => (shown = null) };
  }

  // --- what an answer rests on -----------------------------------------------------------------

  function reasons(network, aims) {
    const at = network.layers.findLastIndex(({ type, shape }) => type === "ReLU" && shape.length === 3);
    const [, height, width] = network.input, maps = network.layers[at]?.shape;
    const label = (text) => ({ role: "img", "aria-label": text });
    const gradient = mosaic({ count: 1, height, width, ...label("the gradient: blue where a brighter pixel speaks for the class, orange where it speaks against") });
    const digit = mosaic({ count: 1, height, width, colors: "gray", "aria-hidden": "true" });
    const cam = maps && mosaic({ count: 1, height: maps[1], width: maps[2], ...label("Grad-CAM: blue where the last maps speak for the class") });
    const target = choices({ label: "reasons for", value: "", options: [ANSWER, ...Array.from({ length: 10 }, (_, k) => `${k}`)], changed: (key) => aims(key === ANSWER ? null : Number(key)) });
    const shown = title();
    let timer = null;
    function show(passes, wanted, answer) {
      target.set(wanted === null ? ANSWER : String(wanted));
      clearTimeout(timer);
      timer = setTimeout(() => {
        const chosen = wanted ?? answer, found = backward(passes, chosen);
        shown.textContent = `what speaks for ${chosen === 8 ? "an" : "a"} ${chosen}`;
        gradient.draw(found.image);
        digit.draw(passes[0].x.data, 1);
        cam?.draw(gradCam(passes, at, found).data);
      }, REST);
    }
    const panel = (text, ...inside) => element("div", { class: "widget-panel" }, element("div", { class: "maps-over" }, ...inside), element("div", { class: "maps-name" }, text));
    const root = element("div", { class: "maps-reasons" }, shown,
      element("div", { class: "widget-panels" },
        panel("gradient of each pixel", gradient.canvas),
        ...(cam ? [panel("Grad-CAM of the last maps", digit.canvas, cam.canvas)] : []),
        target.root));
    return { root, show };
  }

  // --- all of it -------------------------------------------------------------------------------

  // open(place) and aim(class) tell of the reader's choices. Returns {root, show(passes, state)}.
  function build(network, { open, aim }) {
    const why = reasons(network, aim), list = element("div", { class: "maps" });
    const panel = magnifier((place) => { if (place === null) rowOf[opened.layer].focus(opened.map); open(place); });
    const root = element("div", {}, why.root, title("every layer, from the picture to the answer; choose a map"),
      element("p", { class: "maps-legend" }, "Blue is positive, orange negative; each layer has its own scale."), list);
    let rowOf = {}, columns = 0, passes = [], opened = null;

    function lay() {
      const next = root.clientWidth > 0 && root.clientWidth < NARROW ? 16 : 32;
      if (next === columns) return;
      columns = next;
      const shown = network.layers.filter(({ type }) => type !== "Flatten");
      rowOf = Object.fromEntries(shown.map((layer) => [layer.name, layerRow(layer, columns, (map) => choose(layer, map))]));
      list.replaceChildren(...Object.values(rowOf).map((row) => row.root));
      if (passes.length > 0) fill();
    }
    // The pixel that a map is opened at is its strongest. Choosing the map again closes it.
    function choose({ name, shape }, map) {
      if (opened?.layer === name && opened.map === map) { open(null); return; }
      const [, height, width] = [...shape, 1, 1], size = height * width;
      const { y } = passes.find(({ layer }) => layer.name === name);
      const strengths = y.data.slice(map * size, (map + 1) * size).map(Math.abs);
      const strongest = strengths.indexOf(Math.max(...strengths));
      open({ layer: name, map, row: Math.floor(strongest / width), column: strongest % width });
    }
    function fill() {
      passes.forEach((pass) => rowOf[pass.layer.name]?.show(pass));
      Object.entries(rowOf).forEach(([name, row]) => row.mark(name === opened?.layer ? opened.map : -1));
      if (opened === null) {
        panel.root.remove();
        panel.forget();
        return;
      }
      const at = passes.findIndex(({ layer }) => layer.name === opened.layer), { root: beside } = rowOf[opened.layer];
      if (beside.nextSibling !== panel.root) beside.after(panel.root);
      panel.show(passes[at], passes[at - 1], opened);
    }
    new ResizeObserver(lay).observe(root);
    lay();
    return {
      root,
      show(next, state) {
        [passes, opened] = [next, state.opened];
        fill();
        why.show(passes, state.target, state.answer);
      },
    };
  }

  return { build, described, sentence };
})());
