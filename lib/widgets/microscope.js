// The convolution microscope: an input, a kernel and their output, number by number.
Widgets.define("microscope", (() => {
  "use strict";

  const { table, replaced } = Widgets;
  const MOST = { rows: 9, columns: 10, kernel: 5, stride: 4, padding: 4, dilation: 3 };

  // --- arithmetic, as in lib.convolution -----------------------------------------------------

  const span = (kernel, dilation) => dilation * (kernel - 1) + 1;

  // How many windows fit along one axis; 0 if none does.
  const outputSize = (size, kernel, { stride, padding, dilation }) =>
    Math.max(0, Math.floor((size + 2 * padding - span(kernel, dilation)) / stride) + 1);

  // How many rows (or columns) of the padded input no window reaches.
  function remainder(size, kernel, settings) {
    const count = outputSize(size, kernel, settings);
    const reached = count === 0 ? 0 : (count - 1) * settings.stride + span(kernel, settings.dilation);
    return size + 2 * settings.padding - reached;
  }

  // The cells of the window of output (p, q): kernel cell (i, j) meets pixel (r, c), or padding.
  function windowOf(p, q, { x, kernel, stride, padding, dilation }) {
    const cells = [];
    for (let i = 0; i < kernel.length; i++) {
      for (let j = 0; j < kernel[0].length; j++) {
        const r = p * stride + i * dilation - padding, c = q * stride + j * dilation - padding;
        const inside = r >= 0 && r < x.length && c >= 0 && c < x[0].length;
        cells.push({ i, j, r, c, weight: kernel[i][j], pixel: inside ? x[r][c] : 0, inside });
      }
    }
    return cells;
  }

  function convolve(state) {
    const { x, kernel } = state;
    const rows = outputSize(x.length, kernel.length, state);
    const columns = outputSize(x[0].length, kernel[0].length, state);
    return Array.from({ length: rows }, (_, p) => Array.from({ length: columns }, (_, q) =>
      windowOf(p, q, state).reduce((sum, { weight, pixel }) => sum + weight * pixel, 0)));
  }

  // The outputs that read pixel (r, c), each with the kernel cell that meets it.
  function outputsOf(r, c, state) {
    const { x, kernel, stride, padding, dilation } = state, found = [];
    const rows = outputSize(x.length, kernel.length, state);
    const columns = outputSize(x[0].length, kernel[0].length, state);
    for (let i = 0; i < kernel.length; i++) {
      for (let j = 0; j < kernel[0].length; j++) {
        const p = (r + padding - i * dilation) / stride, q = (c + padding - j * dilation) / stride;
        if (Number.isInteger(p) && Number.isInteger(q) && p >= 0 && p < rows && q >= 0 && q < columns) {
          found.push({ p, q, i, j });
        }
      }
    }
    return found;
  }

  // --- what cells can be filled with ---------------------------------------------------------

  const INPUTS = {
    corner: (r, c) => Number(c > r),
    edge: (r, c, rows, columns) => Number(2 * c >= columns),
    ramp: (r, c) => c,
    dot: (r, c, rows, columns) => Number(r === Math.floor(rows / 2) && c === Math.floor(columns / 2)),
    numbers: (r, c) => (7 * r + 5 * c + r * c) % 10,
  };
  const KERNELS = {
    edge: (i, j, rows, columns) => Math.sign((columns - 1) / 2 - j),
    ones: () => 1,
    identity: (i, j, rows, columns) => Number(i === Math.floor(rows / 2) && j === Math.floor(columns / 2)),
    sharpen: (i, j, rows, columns) => (i === Math.floor(rows / 2) && j === Math.floor(columns / 2) ? rows * columns : -1),
  };
  const fill = (maker, rows, columns) => table(rows, columns, (r, c) => maker(r, c, rows, columns));

  // --- the figure ----------------------------------------------------------------------------

  function mount(view, given, changed) {
    const { element, format, stepper, choices, controlRow, equalTo, grid, panel, sayer } = Widgets;
    let state = given, held = { kind: "output", at: [0, 0] };
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };

    const resized = (rows, height, width) => table(height, width, (r, c) => rows[r]?.[c] ?? 0);
    const set = {
      "input height": (n) => change({ x: resized(state.x, n, state.x[0].length) }),
      "input width": (n) => change({ x: resized(state.x, state.x.length, n) }),
      "kernel height": (n) => change({ kernel: resized(state.kernel, n, state.kernel[0].length) }),
      "kernel width": (n) => change({ kernel: resized(state.kernel, state.kernel.length, n) }),
      stride: (stride) => change({ stride }),
      padding: (padding) => change({ padding }),
      dilation: (dilation) => change({ dilation }),
    };
    const bounds = {
      "input height": [1, MOST.rows], "input width": [1, MOST.columns],
      "kernel height": [1, MOST.kernel], "kernel width": [1, MOST.kernel],
      stride: [1, MOST.stride], padding: [0, MOST.padding], dilation: [1, MOST.dilation],
    };
    const value = (name) => ({
      "input height": state.x.length, "input width": state.x[0].length,
      "kernel height": state.kernel.length, "kernel width": state.kernel[0].length,
    })[name] ?? state[name];
    const steppers = Object.keys(set).map((name) => {
      const [low, high] = bounds[name], label = name.replace(" height", "").replace(/.* width/, "×");
      return [name, stepper({ label, name, value: value(name), low, high, changed: set[name] })];
    });
    const controls = steppers.map(([, s]) => s.root);
    // A choice is chosen only while the cells equal it.
    const fillings = (makers, { length, 0: { length: width } }) =>
      Object.fromEntries(Object.keys(makers).map((name) => [name, fill(makers[name], length, width)]));
    const presets = (makers, part) => choices({
      label: `fill ${part === "x" ? "input" : part} with`, options: Object.keys(makers),
      changed: (name) => change({ [part]: fillings(makers, state[part])[name] }),
    });
    const inputs = presets(INPUTS, "x"), kernels = presets(KERNELS, "kernel");

    const words = sayer();
    const x = grid({
      label: "input", seen: (r, c) => hold("input", [r, c]), left: rest,
      edited: (r, c, number) => change({ x: replaced(state.x, r - state.padding, c - state.padding, number) }),
    });
    const k = grid({
      label: "kernel", seen: (i, j) => hold("kernel", [i, j]), left: rest,
      edited: (i, j, number) => change({ kernel: replaced(state.kernel, i, j, number) }),
    });
    const y = grid({ label: "output", seen: (r, c) => hold("output", [r, c]), left: rest });
    const misfit = element("p", { class: "widget-misfit" });
    const outputs = panel("", y.root, misfit);
    view.append(
      element("div", { class: "widget-controls" },
        controlRow("sizes", ...controls.slice(0, 4)), controlRow("window", ...controls.slice(4)),
        controlRow("input", inputs.root), controlRow("kernel", kernels.root)),
      element("div", { class: "widget-panels" },
        panel("input", x.root).root, panel("kernel", k.root).root, outputs.root),
      words.root,
    );

    let output = [];
    function draw() {
      output = convolve(state);
      const { padding: P } = state, H = state.x.length, W = state.x[0].length;
      const lostRows = remainder(H, state.kernel.length, state);
      const lostColumns = remainder(W, state.kernel[0].length, state);
      const most = (rows) => Math.max(0, ...rows.flat().map(Math.abs));
      const [pixels, weights, sums] = [most(state.x), most(state.kernel), most(output)];
      x.set(table(H + 2 * P, W + 2 * P, (r, c) => {
        const inside = r >= P && r < P + H && c >= P && c < P + W;
        const lost = r >= H + 2 * P - lostRows || c >= W + 2 * P - lostColumns;
        if (!inside) return { value: 0, kind: "padding" };
        return { value: state.x[r - P][c - P], limit: pixels, kind: lost ? "remainder" : undefined };
      }));
      k.set(table(state.kernel.length, state.kernel[0].length, (i, j) => ({ value: state.kernel[i][j], limit: weights })));
      y.set(output.map((row) => row.map((number) => ({ value: number, limit: sums }))));
      const fits = output.length > 0 && output[0].length > 0;
      outputs.title(`output, ${output.length} × ${output[0]?.length ?? 0}`);
      misfit.textContent = fits ? "" : "The window does not fit into the padded input.";
      steppers.forEach(([name, s]) => s.set(value(name)));
      inputs.set(equalTo(state.x, fillings(INPUTS, state.x)));
      kernels.set(equalTo(state.kernel, fillings(KERNELS, state.kernel)));
      show();
    }
    function hold(kind, at) { held = { kind, at }; show(); }
    function rest() { held = { kind: "output", at: held.kind === "output" ? held.at : [0, 0] }; }
    function show() {
      const { kind, at: [r, c] } = held, found = { output: ofOutput, input: ofPixel, kernel: ofWeight }[kind](r, c);
      x.mark(found.x.map((cell) => [cell.r + state.padding, cell.c + state.padding]));
      k.mark(found.k.map(({ i, j }) => [i, j]));
      y.mark(found.y.map(({ p, q }) => [p, q]));
      words.say(found.words);
    }
    // For each kind of cell that can be touched: what is marked, and what is said.
    function ofOutput(p, q) {
      if (output[p]?.[q] === undefined) return { x: [], k: [], y: [], words: "" };
      const cells = windowOf(p, q, state), number = (n) => (n < 0 ? `(${format(n)})` : format(n));
      const sum = cells.map(({ weight, pixel }) => `${number(weight)} · ${number(pixel)}`).join(" + ");
      return { x: cells, k: cells, y: [{ p, q }], words: `${sum} = ${format(output[p][q])}` };
    }
    function ofPixel(row, column) {
      const r = row - state.padding, c = column - state.padding, found = outputsOf(r, c, state);
      const read = found.length === 1 ? "output reads" : "outputs read";
      const told = `${found.length} ${read} this pixel, each with another weight.`;
      return { x: [{ r, c }], k: found, y: found, words: found.length ? told : "No window reads this pixel." };
    }
    function ofWeight(i, j) {
      const met = output.flatMap((row, p) => row.map((_, q) =>
        windowOf(p, q, state).find((cell) => cell.i === i && cell.j === j)));
      const pixels = met.length === 1 ? "one pixel" : `${met.length} pixels`;
      const told = `The weight ${format(state.kernel[i][j])} meets ${pixels}, one for each output.`;
      return { x: met, k: [{ i, j }], y: [], words: met.length ? told : "" };
    }
    draw();
    return (next) => { state = next; draw(); };
  }

  return { mount, outputSize, remainder, windowOf, convolve, outputsOf };
})());
