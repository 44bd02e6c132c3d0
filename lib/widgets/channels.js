// Channels: what one filter adds up over the channels of its input, number by number.
Widgets.define("channels", (() => {
  "use strict";

  const { table, replaced } = Widgets;
  const MOST = 4; // channels, filters
  const swapped = (list, place, value) => list.map((old, i) => (i === place ? value : old));
  const range = (n, first = 0) => Array.from({ length: n }, (_, i) => first + i);

  // --- arithmetic, as in lib.layers.Conv2d ---------------------------------------------------

  // The channels that filter f reads, those of its group: slice s of the filter meets the s-th.
  function channelsOf(f, { x, weight, groups }) {
    const group = Math.floor(f / (weight.length / groups)), each = x.length / groups;
    return range(each, group * each);
  }

  // The products of slice s of filter f with the window of output (p, q), as the slice lies.
  function productsOf(f, s, p, q, state) {
    const channel = state.x[channelsOf(f, state)[s]];
    return state.weight[f][s].map((row, i) => row.map((weight, j) => weight * channel[p + i][q + j]));
  }

  // What each slice of filter f gives to output (p, q); with the bias they add up to it.
  const partsOf = (f, p, q, state) =>
    state.weight[f].map((_, s) => productsOf(f, s, p, q, state).flat().reduce((a, b) => a + b, 0));

  const biasOf = (f, { bias }) => (bias === null ? 0 : bias[f]);

  const outputShape = ({ x, weight }) =>
    [x[0].length - weight[0][0].length + 1, x[0][0].length - weight[0][0].length + 1];

  const convolve = (state) => state.weight.map((_, f) => table(...outputShape(state), (p, q) =>
    partsOf(f, p, q, state).reduce((a, b) => a + b, biasOf(f, state))));

  // How many numbers the layer learns.
  const parameters = ({ weight, bias }) =>
    weight.length * weight[0].length * weight[0][0].length ** 2 + (bias === null ? 0 : weight.length);

  // Into how many groups the channels can be cut.
  const divisors = (inputs, filters) =>
    range(MOST, 1).filter((n) => inputs % n === 0 && filters % n === 0);

  // --- what new channels and filters hold ----------------------------------------------------

  const SLICES = [
    (i, j) => 1 - j, // an edge from left to right
    (i, j) => Number(i === 1 && j === 1), // the pixel itself
    (i) => 1 - i, // an edge from top to bottom
    (i, j) => 1 - ((i + j) % 2) * 2, // a checkerboard
  ];
  const newSlice = (f, s, k) =>
    (k === 1 ? [[[1, -1, 2, -2][(f + s) % 4]]] : table(k, k, SLICES[(f + s) % 4]));
  const newChannel = (c, H, W) => table(H, W, (r, k) => (r * (c + 1) + k * (3 - c) + r * k) % 5);
  const newBias = (f) => [1, -2, 0, 3][f];

  // The same state with other numbers of channels, filters and groups, or another kernel size.
  function reshaped(state, { inputs, filters, groups, k }) {
    const fits = divisors(inputs, filters).includes(groups) ? groups : 1;
    const [H, W] = [state.x[0].length, state.x[0][0].length];
    const slice = (f, s) => (state.weight[f]?.[s]?.length === k ? state.weight[f][s] : newSlice(f, s, k));
    return {
      ...state, groups: fits,
      x: range(inputs).map((c) => state.x[c] ?? newChannel(c, H, W)),
      weight: range(filters).map((f) => range(inputs / fits).map((s) => slice(f, s))),
      bias: state.bias === null ? null : range(filters).map((f) => state.bias[f] ?? newBias(f)),
    };
  }

  // --- in words ------------------------------------------------------------------------------

  const { format } = Widgets;
  const term = (number) => (number < 0 ? `(${format(number)})` : format(number));
  const some = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

  function sayOutput({ f, p, q }, state) {
    const parts = partsOf(f, p, q, state), all = [...parts.map(term)];
    if (state.bias !== null) all.push(`bias ${term(state.bias[f])}`);
    const sum = format(parts.reduce((a, b) => a + b, biasOf(f, state)));
    return `Map ${f}, output (${p}, ${q}): ${all.length > 1 ? `${all.join(" + ")} = ` : ""}${sum}`;
  }

  function sayCell({ f, p, q }, { s, i, j }, state) {
    const c = channelsOf(f, state)[s], weight = state.weight[f][s][i][j], pixel = state.x[c][p + i][q + j];
    return `Weight ${format(weight)} of slice ${s} meets pixel ${format(pixel)} of channel ${c}: `
      + `${term(weight)} · ${term(pixel)} = ${format(weight * pixel)}`;
  }

  function sayPixel(c, readers, state) {
    const maps = [...new Set(readers.map(({ f }) => `map ${f}`))], each = readers.length / maps.length;
    if (maps.length < state.weight.length) {
      return `Only ${maps.join(" and ")} can see channel ${c}: the others are in other groups.`;
    }
    const which = maps.length === 1 ? "the map" : "every map";
    return `${some(each, "output")} of ${which} ${each === 1 ? "reads" : "read"} this pixel of channel ${c}.`;
  }

  function sayParameters(state) {
    const F = state.weight.length, S = state.weight[0].length, K = state.weight[0][0].length;
    const biases = state.bias === null ? "" : ` + ${F === 1 ? "1 bias" : `${F} biases`}`;
    const dense = parameters(reshaped(state, { inputs: state.x.length, filters: F, groups: 1, k: K }));
    const saved = state.groups > 1 ? ` Without groups: ${dense}.` : "";
    const product = `${some(F, "filter")} · ${some(S, "slice")} · ${K} · ${K}`;
    return `Parameters: ${product}${biases} = ${parameters(state)}.${saved}`;
  }

  // --- the figure ----------------------------------------------------------------------------

  function mount(view, given, changed) {
    const { element, stepper, choices, controlRow, button, grid, panel, sayer } = Widgets;
    let state = given, held = { f: 0, p: 0, q: 0 }, cell = null, pixel = null, outputs = [];
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };
    const size = () => ({
      inputs: state.x.length, filters: state.weight.length, groups: state.groups, k: state.weight[0][0].length,
    });
    const reshape = (parts) => change(reshaped(state, { ...size(), ...parts }));

    const whole = (label, name) =>
      stepper({ label, value: size()[name], low: 1, high: MOST, changed: (n) => reshape({ [name]: n }) });
    const steppers = { inputs: whole("input channels", "inputs"), filters: whole("filters", "filters") };
    const kernels = choices({
      label: "kernel", options: { 1: "1 × 1", 3: "3 × 3" }, changed: (k) => reshape({ k: Number(k) }),
    });
    const biases = choices({
      label: "bias", options: ["with", "without"],
      changed: (key) => change({ bias: key === "with" ? state.weight.map((_, f) => newBias(f)) : null }),
    });
    const groupsPlace = element("div");
    let groupsOffered = "";
    function offerGroups() {
      const fitting = divisors(state.x.length, state.weight.length).map(String);
      if (fitting.join() !== groupsOffered) {
        const made = choices({
          label: "groups", options: fitting, changed: (n) => reshape({ groups: Number(n) }),
        });
        groupsPlace.replaceChildren(made.root);
        groupsPlace.set = made.set;
        groupsOffered = fitting.join();
      }
      groupsPlace.set(String(state.groups));
    }
    const depthwise = button("depthwise", () => reshape({ filters: state.x.length, groups: state.x.length }));

    const channelRows = range(MOST).map(channelRow), maps = range(MOST).map(featureMap);
    const bias = grid({
      label: "bias",
      edited: (_, __, number) => change({ bias: swapped(state.bias, held.f, number) }),
    });
    const total = grid({ label: "sum" });
    const sumRow = (name, shown) => {
      const label = element("div", { class: "widget-sum-name" });
      return { label, root: element("div", { class: `widget-line widget-line-${name}` }, label, shown.root) };
    };
    const biasRow = sumRow("bias", bias), totalRow = sumRow("total", total);
    const parametersLine = element("p", { class: "widget-parameters" });
    const words = sayer();
    view.append(
      element("div", { class: "widget-controls" },
        controlRow("layer", ...Object.values(steppers).map((s) => s.root)),
        controlRow("kernel", kernels.root, biases.root),
        controlRow("groups", groupsPlace, depthwise),
        parametersLine),
      element("div", { class: "widget-panels widget-small" },
        element("div", { class: "widget-addition" },
          ...channelRows.map(({ root }) => root), biasRow.root, totalRow.root),
        element("div", { class: "widget-maps" }, ...maps.map(({ root }) => root))),
      words.root);

    // One channel, the slice that meets it, their products, and what they add up to.
    function channelRow(c) {
      const slice = () => channelsOf(held.f, state).indexOf(c);
      const here = (i, j) => ({ s: slice(), i, j });
      const channel = grid({
        label: `channel ${c}`, seen: (r, k) => hold({ pixel: { c, r, k } }),
        edited: (r, k, number) => change({ x: swapped(state.x, c, replaced(state.x[c], r, k, number)) }),
      });
      const weights = grid({
        label: `slice for channel ${c}`, seen: (i, j) => hold({ cell: here(i, j) }),
        edited: (i, j, number) => {
          const { f } = held, s = slice(), filter = state.weight[f];
          change({ weight: swapped(state.weight, f, swapped(filter, s, replaced(filter[s], i, j, number))) });
        },
      });
      const products = grid({ label: `products of channel ${c}`, seen: (i, j) => hold({ cell: here(i, j) }) });
      const part = grid({ label: `part of channel ${c}` });
      const panels = [panel(`channel ${c}`, channel.root), panel("", weights.root),
        panel("products", products.root), panel("", part.root)];
      const apart = element("div", { class: "widget-apart" });
      const root = element("div", { class: "widget-line" }, ...panels.map((each) => each.root), apart);
      return { root, channel, weights, products, part, panels, apart };
    }
    function featureMap(f) {
      const map = grid({ label: `map ${f}`, seen: (p, q) => hold({ output: { f, p, q } }) });
      return { map, ...panel(`map ${f}`, map.root) };
    }

    function draw() {
      if (!(held.f in state.weight)) held.f = 0;
      const shape = outputShape(state);
      if (held.p >= shape[0] || held.q >= shape[1]) held = { ...held, p: 0, q: 0 };
      [cell, pixel] = [null, null];
      steppers.inputs.set(state.x.length);
      steppers.filters.set(state.weight.length);
      kernels.set(String(state.weight[0][0].length));
      biases.set(state.bias === null ? "without" : "with");
      offerGroups();
      parametersLine.textContent = sayParameters(state);
      outputs = convolve(state);
      const limit = Math.max(0, ...outputs.flat(2).map(Math.abs));
      maps.forEach(({ root, map }, f) => {
        root.hidden = f >= outputs.length;
        if (!root.hidden) map.set(outputs[f].map((row) => row.map((value) => ({ value, limit }))));
      });
      show();
    }

    function hold({ output = held, cell: nextCell = null, pixel: nextPixel = null }) {
      if (view.querySelector("td input")) return; // what is being typed belongs to the filter shown
      [held, cell, pixel] = [output, nextCell, nextPixel];
      show();
    }
    function show() {
      const { f, p, q } = held, mine = channelsOf(f, state), parts = partsOf(f, p, q, state);
      const most = (numbers) => Math.max(0, ...numbers.flat(Infinity).map(Math.abs));
      const limits = {
        pixels: most(state.x), weights: most(state.weight), parts: most([...parts, biasOf(f, state)]),
      };
      const cells = (rows, limit) => rows.map((row) => row.map((value) => ({ value, limit })));
      channelRows.forEach((row, c) => {
        row.root.hidden = c >= state.x.length;
        if (row.root.hidden) return;
        const s = mine.indexOf(c), [, slicePanel, productPanel, partPanel] = row.panels;
        row.channel.set(cells(state.x[c], limits.pixels));
        for (const { root } of [slicePanel, productPanel, partPanel]) root.hidden = s < 0;
        row.apart.hidden = s >= 0;
        row.apart.textContent = `Filter ${f} does not see channel ${c}: it is in another group.`;
        if (s >= 0) {
          const products = productsOf(f, s, p, q, state);
          row.weights.set(cells(state.weight[f][s], limits.weights));
          row.products.set(cells(products, most(state.x) * most(state.weight)));
          row.part.set([[{ value: parts[s], limit: limits.parts }]]);
          slicePanel.title(`filter ${f}, slice ${s}`);
          partPanel.title(`part ${s}`);
        }
        mark(row, c, s);
      });
      biasRow.root.hidden = state.bias === null;
      biasRow.label.textContent = `+ bias of filter ${f}`;
      bias.set([[{ value: biasOf(f, state), limit: limits.parts }]]);
      totalRow.label.textContent = `= map ${f}, output (${p}, ${q})`;
      total.set([[{ value: outputs[f][p][q], limit: most(outputs) }]]);
      const readers = pixel ? readersOf(pixel) : [{ f, p, q }];
      maps.forEach(({ map }, n) => map.mark(readers.filter((out) => out.f === n).map((out) => [out.p, out.q])));
      if (pixel) words.say(sayPixel(pixel.c, readers, state));
      else words.say(cell ? sayCell(held, cell, state) : sayOutput(held, state));
    }
    function mark(row, c, s) {
      const { p, q } = held, k = state.weight[0][0].length;
      const window = table(k, k, (i, j) => [p + i, q + j]).flat();
      const one = cell && cell.s === s ? cell : null;
      if (pixel) row.channel.mark(pixel.c === c ? [[pixel.r, pixel.k]] : []);
      else row.channel.mark(s >= 0 ? window : []);
      row.channel.mark(one ? [[p + one.i, q + one.j]] : [], "win");
      for (const shown of [row.weights, row.products]) shown.mark(one ? [[one.i, one.j]] : [], "win");
    }
    // The outputs of all maps that read a pixel of a channel.
    function readersOf({ c, r, k }) {
      const size = state.weight[0][0].length, found = [];
      state.weight.forEach((_, f) => table(...outputShape(state), (p, q) => {
        const met = r - p >= 0 && r - p < size && k - q >= 0 && k - q < size;
        if (met && channelsOf(f, state).includes(c)) found.push({ f, p, q });
      }));
      return found;
    }
    draw();
    return (next) => { state = next; draw(); };
  }

  return { mount, channelsOf, productsOf, partsOf, convolve, parameters, divisors, reshaped };
})());
