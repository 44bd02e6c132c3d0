// Pooling: windows and what remains of them, and where the gradient of each output goes.
Widgets.define("pooling", (() => {
  "use strict";

  const { table, replaced } = Widgets;
  const MOST = { kernel: 4, stride: 4 };

  // --- arithmetic, as in lib.layers ----------------------------------------------------------

  // How many windows fit along one axis; 0 if none does.
  const outputSize = (size, { kernel, stride, padding }) =>
    Math.max(0, Math.floor((size + 2 * padding - kernel) / stride) + 1);

  const outputShape = (state) => [outputSize(state.x.length, state), outputSize(state.x[0].length, state)];

  // How many rows (or columns) of the padded input no window reaches.
  function remainder(size, state) {
    const count = outputSize(size, state), { kernel, stride, padding } = state;
    return size + 2 * padding - (count === 0 ? 0 : (count - 1) * stride + kernel);
  }

  // Move a picture; what leaves it comes in again on the other side.
  function moved(x, [down, right]) {
    const [H, W] = [x.length, x[0].length];
    return table(H, W, (r, c) => x[modulo(r - down, H)][modulo(c - right, W)]);
  }
  const modulo = (a, n) => ((a % n) + n) % n;

  // The cells of the window of output (p, q). Zeros around would win over negative numbers.
  function windowOf(p, q, { x, kind, kernel, stride, padding }) {
    const outside = kind === "max" ? -Infinity : 0;
    return table(kernel, kernel, (i, j) => {
      const r = p * stride + i - padding, c = q * stride + j - padding;
      const inside = r >= 0 && r < x.length && c >= 0 && c < x[0].length;
      return { r, c, inside, pixel: inside ? x[r][c] : outside };
    }).flat();
  }

  const largest = (cells) => Math.max(...cells.map(({ pixel }) => pixel));

  // The cells that hold the maximum, in reading order: the first gets the gradient.
  const winners = (cells) => cells.filter(({ pixel }) => pixel === largest(cells));

  // By what the sum of a window is divided.
  const divisor = (cells, { count_include_pad }) =>
    count_include_pad ? cells.length : cells.filter(({ inside }) => inside).length;

  function pool(state) {
    return table(...outputShape(state), (p, q) => {
      const cells = windowOf(p, q, state);
      if (state.kind === "max") return largest(cells);
      return cells.reduce((sum, { pixel }) => sum + pixel, 0) / divisor(cells, state);
    });
  }

  // The gradient of output (p, q); where none was given, neighbors differ.
  const upstream = (p, q, { dout }) => dout[p]?.[q] ?? 1 + ((3 * p + q) % 9);

  // What output (p, q) sends back, and to which pixels; a share of the padding is lost.
  function shares(p, q, state) {
    const cells = windowOf(p, q, state), sent = upstream(p, q, state);
    if (state.kind === "max") return [{ ...winners(cells)[0], share: sent }];
    const share = sent / divisor(cells, state);
    return cells.filter(({ inside }) => inside).map((cell) => ({ ...cell, share }));
  }

  function gradient(state) {
    const dx = state.x.map((row) => row.map(() => 0)), [OH, OW] = outputShape(state);
    for (let p = 0; p < OH; p++) {
      for (let q = 0; q < OW; q++) shares(p, q, state).forEach(({ r, c, share }) => (dx[r][c] += share));
    }
    return dx;
  }

  // The outputs in whose window pixel (r, c) lies.
  function outputsOf(r, c, state) {
    const found = [], { kernel, stride, padding } = state;
    table(...outputShape(state), (p, q) => {
      const [i, j] = [r + padding - p * stride, c + padding - q * stride];
      if (i >= 0 && i < kernel && j >= 0 && j < kernel) found.push([p, q]);
    });
    return found;
  }

  // --- what the picture can be filled with ---------------------------------------------------

  const NUMBERS = [
    [1, 8, 2, 0, 3, 1], [8, 3, 0, 5, 1, 2], [0, 2, 6, 6, 1, 4],
    [1, 4, 2, 6, 0, 2], [7, 1, 0, 3, 9, 5], [2, 7, 3, 1, 5, 9],
  ];
  const PICTURES = {
    numbers: (r, c) => NUMBERS[r % 6][c % 6],
    dots: (r, c) => (r % 2 || c % 2 ? 0 : [9, 0, 4, 0, 7, 0, 5, 0, 8][3 * ((r / 2) % 3) + ((c / 2) % 3)]),
    ties: (r, c) => 3 + ((r + c) % 2),
    negative: (r, c) => NUMBERS[r % 6][c % 6] - 10,
  };

  // --- in words ------------------------------------------------------------------------------

  const infinite = (number) => (Number.isFinite(number) ? Widgets.format(number) : "\u2212\u221e");
  const term = (number) => (number < 0 ? `(${infinite(number)})` : infinite(number));
  const ORDER = ["no", "one", "two", "three", "four", "five", "six"];
  const count = (n, one, many = `${one}s`) => `${ORDER[n] ?? n} ${n === 1 ? one : many}`;

  function sayOutput(p, q, state) {
    const cells = windowOf(p, q, state);
    if (state.kind === "max") {
      const won = winners(cells), tied = won.length > 1 ? `, first of ${ORDER[won.length] ?? won.length}` : "";
      return `max of ${cells.map(({ pixel }) => infinite(pixel)).join(", ")} is ${infinite(won[0].pixel)}${tied}`;
    }
    const counted = cells.filter(({ inside }) => inside || state.count_include_pad).map(({ pixel }) => term(pixel));
    return `(${counted.join(" + ")}) / ${counted.length} = ${infinite(pool(state)[p][q])}`;
  }

  function sayPixel(r, c, state) {
    const found = outputsOf(r, c, state), max = state.kind === "max";
    if (!(r in state.x && c in state.x[0])) {
      if (max) return "Padding of \u2212\u221e: it never wins, not even over negative numbers.";
      return `Padding: a zero, and it ${state.count_include_pad ? "counts" : "is not counted"}.`;
    }
    const lies = `The pixel ${infinite(state.x[r][c])} lies in ${count(found.length, "window")}`;
    if (!max || found.length === 0) return `${lies}.`;
    const won = sharesOf(r, c, state).length;
    if (found.length === 1) return won ? `${lies} and wins it.` : `${lies} and does not win it.`;
    return `${lies} and wins ${won === 0 ? "none" : ORDER[won] ?? won}.`;
  }

  function saySent(p, q, state) {
    const sent = infinite(upstream(p, q, state)), cells = windowOf(p, q, state), to = shares(p, q, state);
    if (state.kind === "max") {
      const won = winners(cells).length, value = infinite(to[0].pixel);
      const goes = `The whole ${sent} goes to the pixel that won, ${value}.`;
      if (won === 1) return goes;
      const times = won === 2 ? "twice" : `${ORDER[won] ?? won} times`;
      return `${goes} ${value} is there ${times}: only the first gets it.`;
    }
    const lost = cells.length - to.length, by = divisor(cells, state);
    const note = !lost || !state.count_include_pad ? "" : lost === 1
      ? " The share of one padding cell is lost."
      : ` The shares of ${count(lost, "padding cell")} are lost.`;
    return `${sent} / ${by} = ${infinite(to[0].share)} goes to each pixel of the window.${note}`;
  }

  // The shares that pixel (r, c) gets, each with its output.
  const sharesOf = (r, c, state) => outputsOf(r, c, state).flatMap(([p, q]) => {
    const sent = shares(p, q, state).find((to) => to.r === r && to.c === c);
    return sent ? [{ p, q, share: sent.share }] : [];
  });

  function sayArrived(r, c, state) {
    const lies = outputsOf(r, c, state).length, parts = sharesOf(r, c, state).map(({ share }) => share);
    if (!(r in state.x && c in state.x[0])) {
      const lost = state.kind === "average" && state.count_include_pad;
      return `Padding: ${lost ? "its shares are lost" : "nothing goes there"}.`;
    }
    if (lies === 0) return "In no window: nothing arrives.";
    if (parts.length === 0) return `In ${count(lies, "window")}, never the maximum: nothing arrives.`;
    const total = infinite(parts.reduce((a, b) => a + b, 0)), windows = count(parts.length, "window");
    const sum = parts.length > 1 ? `${parts.map(term).join(" + ")} = ${total}` : total;
    return `${sum}: ${state.kind === "max" ? "this pixel won" : "a share from"} ${windows}.`;
  }

  // How far a pooled map follows its picture: how many numbers differ from those at rest.
  function sayShift(state, x, y) {
    const signed = (by, size, plus, minus) => {
      const steps = modulo(by, size) > size / 2 ? modulo(by, size) - size : modulo(by, size);
      return steps === 0 ? [] : [`${Math.abs(steps)} ${steps > 0 ? plus : minus}`];
    };
    const [down, right] = state.shift;
    const way = [...signed(down, x.length, "down", "up"), ...signed(right, x[0].length, "right", "left")];
    if (way.length === 0) return "";
    const differ = (a, b) => a.flat().filter((number, i) => number !== b.flat()[i]).length;
    const share = (a, b) => `${differ(a, b) || "none"} of ${a.flat().length}`;
    const both = `${share(x, state.x)} pixels and ${share(y, pool(state))} outputs`;
    return `Moved ${way.join(", ")}: ${both} differ from before.`;
  }

  // --- the figure ----------------------------------------------------------------------------

  function mount(view, given, changed) {
    const { element, stepper, choices, controlRow, button, grid, panel, sayer, drag, arrows } = Widgets;
    let state = given, now, held = { from: "output", at: [0, 0] };
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };

    const whole = (label, name, low, high, also = () => ({})) => stepper({
      label, value: state[name], low, high, changed: (n) => change({ [name]: n, ...also(n) }),
    });
    const steppers = {
      kernel: whole("size", "kernel", 1, MOST.kernel, (n) => ({ padding: Math.min(state.padding, n >> 1) })),
      stride: whole("stride", "stride", 1, MOST.stride),
      padding: whole("padding", "padding", 0, 0),
    };
    const filled = ([name, pixel]) => [name, table(state.x.length, state.x[0].length, pixel)];
    const fillings = () => Object.fromEntries(Object.entries(PICTURES).map(filled));
    const pictures = choices({
      label: "picture", options: Object.keys(PICTURES),
      changed: (name) => change({ x: fillings()[name], shift: [0, 0] }),
    });
    const kinds = choices({ label: "kind", options: ["max", "average"], changed: (kind) => change({ kind }) });
    const modes = choices({ label: "show", options: ["output", "gradient"], changed: (mode) => change({ mode }) });
    const counts = choices({
      label: "divide by", options: { true: "all cells of the window", false: "its pixels alone" },
      changed: (key) => change({ count_include_pad: key === "true" }),
    });

    const upstreamNow = (p, q) => upstream(p, q, state);
    const divisors = controlRow("divide by", counts.root);

    const x = grid({
      label: "input", seen: (r, c) => hold("input", [r - state.padding, c - state.padding]),
      edited: (r, c, number) => {
        const { x, padding, shift: [down, right] } = state;
        const place = [modulo(r - padding - down, x.length), modulo(c - padding - right, x[0].length)];
        change({ x: replaced(x, ...place, number) });
      },
    });
    const y = grid({ label: "output", seen: (p, q) => hold("output", [p, q]) });
    const dy = grid({
      label: "gradient of the output", seen: (p, q) => hold("output", [p, q]),
      edited: (p, q, number) => change({ dout: replaced(table(...outputShape(state), upstreamNow), p, q, number) }),
    });
    const dx = grid({ label: "gradient of the input", seen: (r, c) => hold("input", [r, c]) });

    const move = (down, right) => change({ shift: [state.shift[0] + down, state.shift[1] + right] });
    const WAYS = [["left", 0, -1, 180], ["up", -1, 0, 270], ["down", 1, 0, 90], ["right", 0, 1, 0]];
    const ways = WAYS.map(([way, down, right, turn]) => {
      const made = button("", () => move(down, right), { "aria-label": `move the picture ${way}` });
      made.innerHTML = `<svg class="widget-way" viewBox="0 0 10 10" style="transform:rotate(${turn}deg)">
        <path d="M1 5h7M5 2l3 3l-3 3"/></svg>`;
      return made;
    });
    const back = button("back", () => change({ shift: [0, 0] }), { "aria-label": "move the picture back" });
    const misfit = element("p", { class: "widget-misfit" }), shifted = element("p", { class: "widget-note" });
    const input = panel("", x.root, element("div", { class: "widget-ways" }, ...ways, back));
    const output = panel("", y.root, misfit, shifted), sent = panel("", dy.root), arrived = panel("", dx.root);
    const panels = element("div", { class: "widget-panels" }, input.root, output.root, sent.root, arrived.root);
    const words = sayer();
    view.append(
      element("div", { class: "widget-controls" },
        controlRow("picture", pictures.root),
        controlRow("pooling", kinds.root, modes.root),
        controlRow("window", ...Object.values(steppers).map((s) => s.root)),
        divisors),
      panels, words.root);
    const flow = arrows(panels);
    drag(x, move);

    function draw() {
      now = { ...state, x: moved(state.x, state.shift) };
      const { padding: P, kernel } = state, [H, W] = [now.x.length, now.x[0].length];
      const backward = state.mode === "gradient", result = pool(now), atRest = pool(state);
      const size = (rows) => Math.max(0, ...rows.flat().map(Math.abs));
      const [lostRows, lostColumns] = [remainder(H, state), remainder(W, state)];
      x.set(table(H + 2 * P, W + 2 * P, (i, j) => {
        const [r, c] = [i - P, j - P], inside = r >= 0 && r < H && c >= 0 && c < W;
        const lost = i >= H + 2 * P - lostRows || j >= W + 2 * P - lostColumns;
        if (!inside) return { value: 0, text: state.kind === "max" ? "\u2212\u221e" : "0", kind: "padding" };
        return { value: now.x[r][c], limit: size(now.x), kind: lost ? "remainder" : undefined };
      }));
      y.set(result.map((row) => row.map((value) => ({ value, limit: size(now.x) }))));
      const given = table(...outputShape(now), upstreamNow), got = gradient(now);
      const limit = Math.max(size(given), size(got));
      const total = (rows) => infinite(rows.flat().reduce((a, b) => a + b, 0));
      dy.set(given.map((row) => row.map((value) => ({ value, limit }))));
      dx.set(got.map((row) => row.map((value) => ({ value, limit }))));

      input.title(`input, ${H} × ${W}`);
      output.title(`output, ${outputShape(now).join(" × ")}`);
      sent.title(`gradient dout, sum ${total(given)}`);
      arrived.title(`gradient dx, sum ${total(got)}`);
      panels.classList.toggle("widget-small", backward); // three grids in a line
      output.root.hidden = backward;
      sent.root.hidden = arrived.root.hidden = !backward;
      misfit.textContent = result.flat().length ? "" : "The window does not fit into the padded input.";
      shifted.textContent = sayShift(state, now.x, result);
      const places = table(...outputShape(now), (p, q) => [p, q]).flat();
      y.mark(places.filter(([p, q]) => result[p][q] !== atRest[p][q]), "change");

      pictures.set(Widgets.equalTo(state.x, fillings()));
      kinds.set(state.kind);
      modes.set(state.mode);
      counts.set(String(state.count_include_pad));
      divisors.hidden = !(state.kind === "average" && P > 0);
      back.disabled = shifted.textContent === "";
      steppers.kernel.set(kernel);
      steppers.stride.set(state.stride);
      steppers.padding.set(P, 0, kernel >> 1);
      show();
    }

    function hold(from, at) { held = { from, at }; show(); }
    function show() {
      const { from, at: [r, c] } = held, P = state.padding;
      const framed = (cells) => cells.map((cell) => [cell.r + P, cell.c + P]);
      const fits = from === "output" ? r < outputShape(now)[0] && c < outputShape(now)[1] : true;
      const outputs = from === "output" ? [[r, c]].filter(() => fits) : outputsOf(r, c, now);
      const cells = from === "output" && fits ? windowOf(r, c, now) : [];
      const won = state.kind === "max" ? winners(cells) : [];
      x.mark(from === "output" ? framed(cells) : [[r + P, c + P]]);
      x.mark(framed(won.slice(0, 1)), "win");
      x.mark(framed(won.slice(1)), "tie");
      y.mark(outputs);
      const wins = from === "input" && state.kind === "max" ? sharesOf(r, c, now) : [];
      y.mark(wins.map(({ p, q }) => [p, q]), "win");
      const backward = state.mode === "gradient";
      if (backward) showFlow(from, r, c, outputs, fits);
      else flow.draw([]);
      const say = backward ? [saySent, sayArrived] : [sayOutput, sayPixel];
      words.say(!fits ? "" : from === "output" ? say[0](r, c, now) : say[1](r, c, now));
    }
    // Where the gradient of the output that is held goes, or from where that of the pixel comes.
    function showFlow(from, r, c, outputs, fits) {
      dy.mark(outputs);
      if (from === "input") {
        const givers = sharesOf(r, c, now).map(({ p, q }) => dy.at(p, q));
        const together = state.kind === "average" && givers.length ? [givers] : givers.map((cell) => [cell]);
        dx.mark([[r, c]]);
        flow.draw(together.map((cells) => [cells, [dx.at(r, c)]]));
      } else {
        const takers = fits ? shares(r, c, now).map((cell) => [cell.r, cell.c]) : [];
        dx.mark(takers);
        flow.draw(fits ? [[[dy.at(r, c)], takers.map((place) => dx.at(...place))]] : []);
      }
    }
    draw();
    return (next) => { state = next; draw(); };
  }

  return { mount, outputShape, remainder, moved, windowOf, winners, pool, gradient, outputsOf };
})());
