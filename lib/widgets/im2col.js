// im2col: every window becomes a row of a matrix; col2im adds the rows back, one at a time.
Widgets.define("im2col", (() => {
  "use strict";

  const { table, replaced } = Widgets;
  const MOST = { kernel: 3, stride: 3, padding: 1 };

  // --- arithmetic, as in lib.convolution -----------------------------------------------------

  // How many windows fit along one axis; 0 if none does.
  const outputSize = (size, { kernel, stride, padding }) =>
    Math.max(0, Math.floor((size + 2 * padding - kernel.length) / stride) + 1);

  const outputShape = (state) => [outputSize(state.x.length, state), outputSize(state.x[0].length, state)];

  // For each row of the matrix, from which pixel (or padding) each of its entries comes.
  function windows(state) {
    const { x, kernel, stride, padding } = state, k = kernel.length;
    return table(...outputShape(state), (p, q) => table(k, k, (i, j) => {
      const r = p * stride + i - padding, c = q * stride + j - padding;
      const inside = r >= 0 && r < x.length && c >= 0 && c < x[0].length;
      return { r, c, inside, pixel: inside ? x[r][c] : 0 };
    }).flat()).flat();
  }

  const im2col = (state) => windows(state).map((row) => row.map(({ pixel }) => pixel));

  // The matrix times the filter, written as a column: one number for each window.
  const product = (state) =>
    im2col(state).map((row) => row.reduce((sum, pixel, j) => sum + pixel * state.kernel.flat()[j], 0));

  // The first rows of the matrix, added back to the pixels they came from: the sums, and how many
  // terms each of them has. What comes from the padding is cut off.
  function addBack(state, rows) {
    const sums = state.x.map((row) => row.map(() => 0)), terms = state.x.map((row) => row.map(() => 0));
    for (const { r, c, pixel } of windows(state).slice(0, rows).flat().filter(({ inside }) => inside)) {
      sums[r][c] += pixel;
      terms[r][c] += 1;
    }
    return { sums, terms };
  }

  // The entries of the matrix that hold pixel (r, c): row m, column j.
  const entriesOf = (r, c, state) => windows(state).flatMap((row, m) =>
    row.flatMap((cell, j) => (cell.r === r && cell.c === c ? [{ m, j }] : [])));

  // --- in words ------------------------------------------------------------------------------

  const { format } = Widgets;
  const factor = (number) => (number < 0 ? `(${format(number)})` : format(number));
  const placeOf = (m, state) => [Math.floor(m / outputShape(state)[1]), m % outputShape(state)[1]];

  function sayRow(m, state) {
    const [p, q] = placeOf(m, state), weights = state.kernel.flat();
    const sum = im2col(state)[m].map((pixel, j) => `${factor(pixel)} · ${factor(weights[j])}`).join(" + ");
    return `Row ${m} is the window of output (${p}, ${q}): ${sum} = ${format(product(state)[m])}`;
  }

  function sayEntry(m, j, state) {
    const { r, c, inside, pixel } = windows(state)[m][j], weight = factor(state.kernel.flat()[j]);
    const from = inside ? `pixel (${r}, ${c})` : "a zero of the padding";
    const meets = `It meets weight ${j}: ${factor(pixel)} · ${weight}.`;
    return `Row ${m}, column ${j}: ${from}. ${meets} ${sayRow(m, state)}`;
  }

  function sayPixel(r, c, state) {
    const found = entriesOf(r, c, state).length, inside = r in state.x && c in state.x[0];
    const name = inside ? `The pixel ${format(state.x[r][c])}` : "This zero of the padding";
    if (found === 0) return `${name} lies in no window: the matrix does not hold it.`;
    return `${name} lies in ${found} ${found === 1 ? "window: it is" : "windows: it is copied"} into ${
      found === 1 ? "one row" : `${found} rows`}.`;
  }

  function saySum(r, c, state) {
    const all = entriesOf(r, c, state), arrived = all.filter(({ m }) => m < state.added).length;
    if (!(r in state.x && c in state.x[0])) return "Padding: what comes back to it is cut off.";
    const pixel = state.x[r][c], terms = Array(arrived).fill(factor(pixel)).join(" + ") || "0";
    const sum = arrived > 1 ? `${terms} = ${format(arrived * pixel)}` : terms;
    return `Pixel (${r}, ${c}): ${sum}, ${arrived} of ${all.length} ${all.length === 1 ? "term" : "terms"} so far.`;
  }

  function sayAdded(m, state) {
    const rows = windows(state), padded = rows[m].some(({ inside }) => !inside);
    const row = `Row ${m} (${rows[m].map(({ pixel }) => format(pixel)).join(", ")})`;
    if (m >= state.added) return `${row} will be added to these pixels.`;
    const cut = padded ? " What belongs to the padding is cut off." : "";
    const done = state.added >= rows.length && m === rows.length - 1
      ? " All are added now: each sum is the pixel times the number of its terms." : "";
    return `${row} is added to the pixels it came from.${cut}${done}`;
  }

  // --- the figure ----------------------------------------------------------------------------

  function mount(view, given, changed) {
    const { element, stepper, choices, controlRow, button, play, grid, panel, sayer, arrows } = Widgets;
    let state = given, rows = [], held = { from: "row", at: [0, 0] };
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };
    const whole = (label, low, value, set) =>
      stepper({ label, value, low, high: MOST[label] ?? low, changed: set });

    // What a larger filter gets: a pattern, so that no two weights beside each other are equal.
    const resized = (k) => table(k, k, (i, j) => state.kernel[i]?.[j] ?? ((i + 2 * j) % 3) - 1);
    const steppers = {
      kernel: whole("kernel", 1, state.kernel.length, (k) => change({ kernel: resized(k) })),
      stride: whole("stride", 1, state.stride, (stride) => change({ stride })),
      padding: whole("padding", 0, state.padding, (padding) => change({ padding })),
    };
    const modes = choices({ label: "show", options: ["im2col", "col2im"], changed: (mode) => change({ mode }) });

    // Time: the rows are added one by one.
    function add(count) {
      held = { from: "row", at: [Math.max(0, count - 1), 0] };
      change({ added: count });
      return count < rows.length;
    }
    const added = stepper({ label: "rows added", value: 0, low: 0, high: 0, changed: add });
    const player = play({ step: () => add(state.added >= rows.length ? 0 : state.added + 1) });
    const again = button("From the start", () => { player.stop(); add(0); });
    const adding = controlRow("adding", player.root, added.root, again);

    const x = grid({
      label: "input", seen: (r, c) => hold("pixel", [r - state.padding, c - state.padding]),
      edited: (r, c, number) => change({ x: replaced(state.x, r - state.padding, c - state.padding, number) }),
    });
    const matrix = grid({
      label: "window matrix", seen: (m, j) => hold(state.mode === "im2col" ? "entry" : "row", [m, j]),
    });
    const filter = grid({
      label: "filter as a column", seen: (j) => hold("weight", [0, j]),
      edited: (j, _, number) => {
        const k = state.kernel.length;
        change({ kernel: replaced(state.kernel, Math.floor(j / k), j % k, number) });
      },
    });
    const column = grid({ label: "output as a column", seen: (m) => hold("row", [m, 0]) });
    const map = grid({ label: "output", seen: (p, q) => hold("row", [p * outputShape(state)[1] + q, 0]) });
    const sums = grid({ label: "sum so far", seen: (r, c) => hold("pixel", [r, c]) });
    const terms = grid({ label: "terms in each sum", seen: (r, c) => hold("pixel", [r, c]) });

    const misfit = element("p", { class: "widget-misfit" });
    const matrixPanel = panel("", matrix.root, misfit);
    const forward = [panel("· filter", filter.root), panel("= column", column.root), panel("as a map", map.root)];
    const back = [panel("sum so far", sums.root), panel("terms in it", terms.root)];
    const backStack = element("div", { class: "widget-stack" }, ...back.map(({ root }) => root));
    const panels = element("div", { class: "widget-panels widget-small" },
      panel("input", x.root).root, matrixPanel.root, ...forward.map(({ root }) => root), backStack);
    const words = sayer();
    view.append(
      element("div", { class: "widget-controls" },
        controlRow("show", modes.root),
        controlRow("window", ...Object.values(steppers).map((s) => s.root)),
        adding),
      panels, words.root);
    const flow = arrows(panels);

    function draw() {
      rows = windows(state);
      const { padding: P, x: { length: H, 0: { length: W } } } = state, outputs = product(state);
      const most = (numbers) => Math.max(0, ...numbers.map(Math.abs));
      const [pixels, weights, largest] = [most(state.x.flat()), most(state.kernel.flat()), most(outputs)];
      const inside = (i, j) => i >= P && i < P + H && j >= P && j < P + W;
      x.set(table(H + 2 * P, W + 2 * P, (i, j) => inside(i, j)
        ? { value: state.x[i - P][j - P], limit: pixels } : { value: 0, kind: "padding" }));
      matrix.set(rows.map((row) => row.map((cell) => cell.inside
        ? { value: cell.pixel, limit: pixels } : { value: 0, kind: "padding" })));
      filter.set(state.kernel.flat().map((value) => [{ value, limit: weights }]));
      column.set(outputs.map((value) => [{ value, limit: largest }]));
      const [OH, OW] = outputShape(state);
      map.set(table(OH, OW, (p, q) => ({ value: outputs[p * OW + q], limit: largest })));
      const so = addBack(state, state.added), all = addBack(state, rows.length);
      sums.set(so.sums.map((row) => row.map((value) => ({ value, limit: most(all.sums.flat()) }))));
      terms.set(so.terms.map((row) => row.map((value) => ({ value, limit: most(all.terms.flat()) }))));

      for (const { root } of [matrix, column]) root.classList.toggle("widget-flat", rows.length > 12);
      const backward = state.mode === "col2im", nothing = table(H, W, (r, c) => [r, c]).flat();
      matrixPanel.title(`windows, ${rows.length} × ${state.kernel.flat().length}`);
      forward.forEach(({ root }) => (root.hidden = backward));
      backStack.hidden = adding.hidden = !backward;
      const waiting = rows.flatMap((row, m) => (backward && m >= state.added ? row.map((_, j) => [m, j]) : []));
      matrix.mark(waiting, "later");
      for (const shown of [sums, terms]) shown.mark(nothing.filter(([r, c]) => so.terms[r][c] === 0), "later");
      misfit.textContent = rows.length ? "" : "The window does not fit into the padded input.";

      modes.set(state.mode);
      if (!backward) player.stop();
      added.set(Math.min(state.added, rows.length), 0, rows.length);
      steppers.kernel.set(state.kernel.length);
      steppers.stride.set(state.stride);
      steppers.padding.set(P);
      show();
    }

    function hold(from, at) { held = { from, at }; show(); }

    // Which entries of the matrix are meant by what is held: all else follows from them.
    function entries() {
      const { from, at: [a, b] } = held, every = (row, m) => row.map((_, j) => ({ m, j }));
      if (from === "pixel") return entriesOf(a, b, state);
      if (from === "weight") return rows.map((_, m) => ({ m, j: b })).filter(({ j }) => j in (rows[0] ?? []));
      return rows[a] ? every(rows[a], a) : [];
    }
    function show() {
      const { from, at: [a, b] } = held, P = state.padding, meant = entries();
      const unique = (places) => [...new Map(places.map((place) => [place.join(), place])).values()];
      const pixels = from === "pixel" ? [[a, b]] : unique(meant.map(({ m, j }) => [rows[m][j].r, rows[m][j].c]));
      const outputs = from === "weight" ? [] : unique(meant.map(({ m }) => [m, 0]));
      x.mark(pixels.map(([r, c]) => [r + P, c + P]));
      matrix.mark(meant.map(({ m, j }) => [m, j]));
      filter.mark(unique(meant.map(({ j }) => [j, 0])));
      column.mark(outputs);
      map.mark(outputs.map(([m]) => placeOf(m, state)));
      for (const shown of [sums, terms]) shown.mark(pixels);

      const one = from === "entry" && rows[a] ? rows[a][b] : null;
      x.mark(one ? [[one.r + P, one.c + P]] : [], "win");
      matrix.mark(one ? [[a, b]] : [], "win");
      filter.mark(one ? [[b, 0]] : [], "win");
      showFlow(from, meant, pixels);
      words.say(say(from, a, b, meant));
    }
    function showFlow(from, meant, pixels) {
      const row = meant.map(({ m, j }) => matrix.at(m, j)), P = state.padding;
      if (!row.length || (from !== "row" && from !== "entry")) flow.draw([]);
      else if (state.mode === "im2col") flow.draw([[pixels.map(([r, c]) => x.at(r + P, c + P)), row]]);
      else flow.draw([[row, pixels.map(([r, c]) => sums.at(r, c)).filter(Boolean)]].filter(([, to]) => to.length));
    }
    function say(from, a, b, meant) {
      if (from === "pixel") return state.mode === "im2col" ? sayPixel(a, b, state) : saySum(a, b, state);
      if (meant.length === 0) return "";
      if (from === "weight") return `Column ${b} holds the pixels that weight ${b} meets, one from each window.`;
      if (state.mode === "col2im") return state.added ? sayAdded(a, state) : "Nothing is added yet.";
      return from === "entry" ? sayEntry(a, b, state) : sayRow(a, state);
    }
    if (state.mode === "col2im") held.at = [Math.max(0, state.added - 1), 0];
    draw();
    return (next) => { state = next; draw(); };
  }

  return { mount, outputShape, windows, im2col, product, addBack, entriesOf };
})());
