// The network calculator: a list of layers, and what each gives, holds, computes and sees.
Widgets.define("calculator", (() => {
  "use strict";

  // --- the notation: one layer a line, blocks indented ---------------------------------------

  // What a line is about: shown to the reader, so in words.
  class Misfit extends Error {}
  const fail = (message) => { throw new Misfit(message); };

  // `takes`: what follows the name, in this order; `?` marks what may be missing. `may`: settings
  // with a value. `flags`: words without one.
  const WINDOW = ["stride", "padding", "dilation"];
  const KINDS = {
    conv: { takes: ["filters", "window"], may: [...WINDOW, "groups", "connections"], flags: ["no-bias"],
      example: "conv 64 3x3 stride 2 padding 1", says: "convolution; also dilation, groups, no bias" },
    depthwise: { takes: ["window"], may: WINDOW, flags: ["no-bias"], example: "depthwise 3x3 padding 1",
      says: "a convolution with one filter for each channel" },
    pool: { takes: ["window?"], may: WINDOW, flags: ["ceil", "same"], example: "pool 2x2",
      says: "the largest of each window; also stride, padding, ceil, same" },
    average: { takes: ["window?"], may: [...WINDOW, "to"], flags: ["ceil", "learned"], example: "average",
      says: "the mean of all pixels; of windows: average 2x2; with a given output: average to 6x6" },
    linear: { takes: ["outputs"], flags: ["no-bias"], example: "linear 10", says: "fully connected" },
    flatten: { example: "flatten", says: "an image as one row of numbers" },
    norm: { example: "norm", says: "batch normalization" },
    dropout: { takes: ["probability?"], example: "dropout 0.5", says: "does nothing here: it drops in training" },
    subsample: { takes: ["step"], may: ["to"], example: "subsample 2 to 32",
      says: "every second pixel, and zeros for new channels" },
    pad: { flags: ["end", "same"], example: "pad end", says: "a row and a column of zeros at the end" },
    lrn: { takes: ["size?"], example: "lrn 5", says: "local response normalization" },
    relu: { example: "relu", says: "number by number, as relu6, leaky relu, sigmoid, tanh, softmax" },
    normalize: {}, distances: { takes: ["classes"] },
    other: { takes: ["name"], may: ["parameters", "work", "to"], flags: ["aside"] },
  };
  for (const name of ["relu6", "leaky-relu", "sigmoid", "tanh", "softmax"]) KINDS[name] = {};
  const BLOCKS = { residual: ["skip"], concat: ["branch"] };
  // Other names for the same, and words of two parts, which become one.
  const RENAMED = [[/^(max ?pool|maxpool2d)\b/, "pool"], [/^(average ?pool|avg ?pool|mean)\b/, "average"],
    [/^(dense|fc|affine)\b/, "linear"], [/^(batch ?norm|bn)\b/, "norm"], [/^convolution\b/, "conv"],
    [/^leaky relu\b/, "leaky-relu"], [/\bno bias\b/, "no-bias"]];
  const FREE = ["name", "probability"];

  // Read one layer: {kind, and what it takes}. Numbers and sizes are lists: 3x5 is [3, 5].
  function readLayer(text) {
    let plain = text.trim().toLowerCase().replace(/(\d)\s*[×*x]\s*(?=\d)/g, "$1x");
    for (const [old, name] of RENAMED) plain = plain.replace(old, name);
    const [kind, ...words] = plain.split(/\s+/);
    const known = Object.hasOwn(KINDS, kind) ? KINDS[kind] : null;
    if (!known) fail(`no layer is called “${kind}”; see the list of layers below`);
    const expected = [...(known.takes ?? [])], read = { kind };
    while (words.length > 0) {
      const word = words.shift();
      if (known.flags?.includes(word)) read[word] = true;
      else if (known.may?.includes(word)) read[word] = value(words.shift(), word, kind);
      else if (expected.length > 0 && (/^\d/.test(word) || expected[0] === "name")) {
        const name = expected.shift().replace("?", "");
        read[name] = FREE.includes(name) ? word : value(word, name, kind);
      } else fail(`${kind} does not know “${word.replace("-", " ")}”${settingsOf(known)}`);
    }
    const missing = expected.filter((name) => !name.endsWith("?"));
    if (missing.length > 0) fail(`${kind} needs its ${missing.join(" and ")}${known.example ? `, such as: ${known.example}` : ""}`);
    return read;
  }

  function settingsOf({ may = [], flags = [] }) {
    const words = [...may, ...flags].map((word) => word.replace("-", " "));
    return words.length > 0 ? `; it knows ${words.join(", ")}` : "";
  }

  const PAIRS = ["window", "step", ...WINDOW], LARGEST = 1e6;
  function value(word, name, kind) {
    if (name === "padding" && word === "same" && kind !== "average") return word;
    const numbers = /^\d+(x\d+)*$/.test(word ?? "") ? word.split("x").map(Number) : null;
    const most = PAIRS.includes(name) ? 2 : name === "to" ? { subsample: 1, average: 2 }[kind] ?? 3 : 1;
    const one = most === 1 ? "a whole number" : "whole numbers, such as 3 or 3x5";
    if (numbers === null || numbers.length > most) fail(`${name} must be ${one}, not “${word ?? ""}”`);
    const least = name === "padding" || kind === "other" ? 0 : 1;
    if (Math.min(...numbers) < least) fail(`${name} must be at least ${least}`);
    if (kind !== "other" && Math.max(...numbers) > LARGEST) fail(`${name} must be at most a million`);
    if (most === 1) return numbers[0];
    return most === 2 && numbers.length === 1 ? [numbers[0], numbers[0]] : numbers;
  }

  // Read all lines into a tree: {line, text, depth} with `layer`, or with `block` and `inner`.
  function readLines(text) {
    const root = { block: "network", inner: [], depth: -1 }, open = [root];
    text.split("\n").forEach((whole, line) => {
      const said = whole.replace(/#.*/, "").replaceAll("\t", "  ").trimEnd();
      if (said === "") return;
      const depth = said.length - said.trimStart().length, node = { line, text: said.trim(), depth };
      while (open.at(-1).depth >= depth) open.pop();
      const parent = open.at(-1);
      if (parent.inner.length > 0 && parent.inner[0].depth !== depth) node.wrong = "it is indented neither like the line above nor like a block";
      parent.inner.push(node);
      const name = node.text.toLowerCase().replace(/\s*:$/, "");
      if (node.text.endsWith(":")) Object.assign(node, { block: name, inner: [] });
      else node.inner = [];
      open.push(node);
    });
    return root;
  }

  // --- sizes and fields, as in lib.convolution and lib.analysis ------------------------------

  const AXES = [0, 1];
  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
  const times = (numbers) => numbers.join(" × ");
  const windowText = ([a, b]) => (a === b ? `${a}` : `${a} × ${b}`);

  // How many windows fit along one axis, and how many pixels the last one leaves; null if none.
  function slide(size, kernel, stride, padding, dilation, { ceil, same }) {
    const span = dilation * (kernel - 1) + 1, padded = size + 2 * padding;
    if (same) return { count: Math.ceil(size / stride), rest: 0 };
    if (padded < span && !(ceil && padded + stride > span)) return null;
    if (!ceil) return { count: Math.floor((padded - span) / stride) + 1, rest: (padded - span) % stride };
    const count = Math.ceil((padded - span) / stride) + 1;
    return { count: (count - 1) * stride >= size + padding ? count - 1 : count, rest: 0 };
  }

  // A jump can be a fraction, behind adaptive pooling: [numerator, denominator].
  const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));
  function scaled([a, b], [c, d]) {
    const common = divisor(a * c, b * d);
    return [(a * c) / common, (b * d) / common];
  }
  const PIXEL = { size: 1, jump: [1, 1], start: 0 };
  const through = ({ size, jump, start }, kernel, stride = [1, 1], padding = 0, dilation = 1) => ({
    size: size + Math.floor(((kernel - 1) * dilation * jump[0]) / jump[1]),
    jump: scaled(jump, stride),
    start: start - Math.floor((padding * jump[0]) / jump[1]),
  });
  function covering(one, other) {
    const start = Math.min(one.start, other.start);
    const end = Math.max(one.start + one.size, other.start + other.size);
    const further = one.jump[0] * other.jump[1] >= other.jump[0] * one.jump[1];
    return { size: end - start, jump: further ? one.jump : other.jump, start };
  }
  // What all numbers of an image together see; of adaptive pooling, no more than those before it.
  const allSeen = ({ shape, field, together }) => together ?? AXES.map((a) => through(field[a], shape[a + 1], [shape[a + 1], 1]));

  // --- layers: each takes {shape, field} and returns what it gives, holds and computes ---------

  const isImage = ({ shape }) => shape.length === 3;
  const needImage = (x, { kind }) => isImage(x) || fail(`${kind} takes an image, not a row of ${x.shape[0]} numbers`);
  const UNIT = [1, 1], NONE = [0, 0];

  function windows(x, layer) {
    const { window, stride = UNIT, dilation = UNIT } = layer;
    const same = layer.same || layer.padding === "same", padding = same ? NONE : layer.padding ?? NONE;
    const slid = AXES.map((a) => slide(x.shape[a + 1], window[a], stride[a], padding[a], dilation[a], { ...layer, same }));
    if (slid.includes(null)) {
      const span = AXES.map((a) => dilation[a] * (window[a] - 1) + 1);
      const frame = Math.max(...padding) > 0 ? ` with a padding of ${windowText(padding)}` : "";
      fail(`a window of ${windowText(span)} does not fit into ${times(x.shape.slice(1))}${frame}`);
    }
    const field = AXES.map((a) => {
      const before = same && stride[a] === 1 ? Math.floor((dilation[a] * (window[a] - 1)) / 2) : padding[a];
      return through(x.field[a], window[a], [stride[a], 1], before, dilation[a]);
    });
    return { sizes: slid.map(({ count }) => count), field, rest: slid.map(({ rest }) => rest) };
  }

  const grouped = (number) => number.toLocaleString("en-US");
  function conv(x, layer) {
    needImage(x, layer);
    const C = x.shape[0], depthwise = layer.kind === "depthwise";
    const { filters: F = C, groups = depthwise ? C : 1, window, connections } = layer;
    if (C % groups > 0 || F % groups > 0) fail(`${groups} groups do not divide ${C % groups > 0 ? `${C} channels` : `${F} filters`}`);
    const { sizes, field, rest } = windows(x, layer), bias = !layer["no-bias"];
    const kernels = connections ?? (F * C) / groups, weights = kernels * product(window), work = weights * product(sizes);
    const each = connections ? `${kernels} kernels` : `${F} × ${C / groups} kernels`;
    return {
      shape: [F, ...sizes], field, rest, parameters: weights + (bias ? F : 0), work,
      why: `${each} of ${times(window)} = ${grouped(weights)} weights${bias ? `, and ${F} biases` : ""}. `
        + `At ${times(sizes)} places: ${grouped(work)} multiply-adds.`,
    };
  }

  function pool(x, layer) {
    needImage(x, layer);
    if (layer.to) return adaptive(x, layer.to);
    if (!layer.window) {
      return { shape: x.shape.slice(0, 1), field: allSeen(x), why: `All ${times(x.shape.slice(1))} pixels of a channel become one number.` };
    }
    const { window, padding = NONE } = layer, stride = layer.stride ?? window;
    if (padding !== "same" && AXES.some((a) => padding[a] > window[a] / 2)) fail(`a padding of ${windowText(padding)} is more than half of the window`);
    const { sizes, field, rest } = windows(x, { ...layer, stride }), C = x.shape[0];
    return {
      shape: [C, ...sizes], field, rest, parameters: layer.learned ? 2 * C : 0,
      why: layer.learned ? `A factor and a summand for each of ${C} channels.` : "Nothing to learn; comparisons and sums are not counted.",
    };
  }

  // Windows chosen so that the output has a given size: some may be larger than others.
  function adaptive(x, to) {
    const field = AXES.map((a) => {
      const size = x.shape[a + 1], count = to[a];
      const lengths = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * size) / count) - Math.floor((i * size) / count));
      return through(x.field[a], Math.max(...lengths), scaled([size, count], UNIT));
    });
    return { shape: [x.shape[0], ...to], field, together: allSeen(x), why: `The windows are chosen so that ${times(to)} come out.` };
  }

  function linear(x, layer) {
    if (isImage(x)) fail(`linear takes a row of numbers, not ${times(x.shape)}: flatten comes first`);
    const [inputs] = x.shape, { outputs } = layer, bias = !layer["no-bias"], work = inputs * outputs;
    return {
      shape: [outputs], field: x.field, parameters: work + (bias ? outputs : 0), work,
      why: `${grouped(inputs)} × ${grouped(outputs)} = ${grouped(work)} weights${bias ? `, and ${grouped(outputs)} biases` : ""}; each is used once.`,
    };
  }

  function subsample(x, layer) {
    needImage(x, layer);
    const [C, ...sizes] = x.shape, { step, to = C } = layer;
    if (to < C) fail(`${C} channels cannot become ${to}: subsample only adds some`);
    return { shape: [to, ...sizes.map((size, a) => Math.ceil(size / step[a]))], field: AXES.map((a) => through(x.field[a], 1, [step[a], 1])) };
  }

  function pad(x, layer) {
    needImage(x, layer);
    const more = layer.same ? x.shape.slice(1).map((size) => 1 + (size % 2)) : UNIT;
    return { shape: [x.shape[0], ...AXES.map((a) => x.shape[a + 1] + more[a])], field: x.field };
  }

  const asBefore = ({ shape, field }) => ({ shape, field });
  const RUN = {
    conv, depthwise: conv, pool, average: pool, linear, subsample, pad,
    flatten: (x) => ({ shape: [product(x.shape)], field: isImage(x) ? allSeen(x) : x.field }),
    norm: (x) => ({ ...asBefore(x), parameters: 2 * x.shape[0], why: `A factor and a summand for each of ${x.shape[0]} channels.` }),
    dropout: (x) => x, // in evaluation its output is its input: no memory
    lrn: (x, layer) => needImage(x, layer) && asBefore(x),
    distances: (x, { classes }) => (isImage(x) ? fail("distances takes a row of numbers: flatten comes first") : { shape: [classes], field: x.field }),
    other: (x, { parameters = 0, work = 0, to, aside }) => (aside ? { ...x, parameters, work } : { shape: to ?? x.shape, field: x.field, parameters, work }),
  };

  // --- the whole list ------------------------------------------------------------------------

  // Return {rows, total, out, misfit}: a row for each line that could be computed, in the order of
  // the computation, and the first misfit, {line, text, message}.
  function compute(text, input) {
    const rows = [];
    let out = { shape: input, field: [PIXEL, PIXEL] }, misfit = null, at = null;
    const row = (node, x, { shape, field, together, parameters = 0, work = 0, rest = NONE, why = "" }, passedOn = false) => {
      rows.push({ line: node.line, text: node.text, shape, field, parameters, work, rest, why, bytes: passedOn ? 0 : 4 * product(shape) });
      return passedOn ? x : { shape, field, together };
    };
    const chain = (nodes, x) => nodes.reduce((y, node) => step(node, y), x);
    function step(node, x) {
      at = node;
      if (node.wrong) fail(node.wrong);
      if (node.block !== undefined) return block(node, x);
      if (node.inner.length > 0) { at = node.inner[0]; fail("an indented line needs a block above it, such as residual:"); }
      const layer = readLayer(node.text), given = (RUN[layer.kind] ?? asBefore)(x, layer);
      return row(node, x, given, layer.kind === "dropout" || layer.aside);
    }
    function block(node, x) {
      const parts = BLOCKS[node.block];
      if (!parts) fail(node.block === "skip" || node.block === "branch" ? `${node.block}: belongs into a block, and indented` : `no block is called “${node.block}”; there are residual: and concat:`);
      if (node.inner.length === 0) fail(`nothing is indented below ${node.block}:`);
      const isPart = ({ block: name }) => parts.includes(name);
      return node.block === "residual" ? residual(node, x, isPart) : concat(node, x, isPart);
    }
    function residual(node, x, isPart) {
      const skips = node.inner.filter(isPart);
      const body = chain(node.inner.filter((n) => !isPart(n)), x), skip = skips[0] ? chain(skips[0].inner, x) : x;
      at = node;
      if (skips.length > 1) fail("there can be one skip: only");
      if (times(body.shape) !== times(skip.shape)) fail(`the body gives ${times(body.shape)}, the skip ${times(skip.shape)}: they cannot be added`);
      const field = skips[0] ? AXES.map((a) => covering(body.field[a], skip.field[a])) : body.field;
      return row(node, x, { shape: body.shape, field, why: "What the body gives, plus what comes past it by the skip." });
    }
    function concat(node, x, isPart) {
      const stray = node.inner.find((n) => !isPart(n));
      if (stray) { at = stray; fail("below concat: every line belongs to a branch:"); }
      const ends = node.inner.map((branch) => chain(branch.inner, x)), [first] = ends;
      at = node;
      const wrong = ends.find((end) => times(end.shape.slice(1)) !== times(first.shape.slice(1)));
      if (wrong) fail(`a branch gives ${times(first.shape)}, another ${times(wrong.shape)}: they cannot be joined`);
      const channels = ends.reduce((sum, { shape }) => sum + shape[0], 0);
      return row(node, x, {
        shape: [channels, ...first.shape.slice(1)],
        field: AXES.map((a) => ends.map(({ field }) => field[a]).reduce(covering)),
        why: `${ends.map(({ shape }) => shape[0]).join(" + ")} = ${channels} channels.`,
      });
    }
    try {
      out = chain(readLines(text).inner, out);
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      misfit = { line: at.line, text: at.text, message: error.message };
    }
    const sum = (name) => rows.reduce((total, each) => total + each[name], 0);
    return { rows, total: { parameters: sum("parameters"), work: sum("work"), bytes: sum("bytes") }, out: misfit ? null : out.shape, misfit };
  }

  // --- the figure ----------------------------------------------------------------------------

  const COLUMNS = { output: "output", parameters: "parameters", work: "multiply-adds", memory: "memory", field: "field, jump" };
  const TRAINED = ["conv", "depthwise"];

  // Three digits of a large number, with the letter of its size.
  function short(number) {
    if (number < 1e4) return grouped(number);
    const power = Math.min(4, Math.floor(Math.log10(number * 1.0005) / 3));
    return `${Number((number / 1000 ** power).toPrecision(3))} ${"kMGT"[power - 1]}`;
  }
  function memory(bytes) {
    const power = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : bytes < 1024 ** 3 ? 2 : 3;
    return `${Number((bytes / 1024 ** power).toPrecision(3))} ${["B", "KiB", "MiB", "GiB"][power]}`;
  }
  const jumpText = (field) => windowText(field.map(({ jump: [a, b] }) => Number((a / b).toPrecision(3))));
  function fieldText({ field, shape }) {
    const jump = shape.length > 1 ? `, ${jumpText(field)}` : "";
    return windowText(field.map(({ size }) => size)) + jump;
  }

  // What a line does, in words.
  function explain({ line, text, why, field, rest, shape }) {
    const sees = shape.length > 1 ? `Each number sees ${times(field.map(({ size }) => size))} pixels; its neighbor lies ${jumpText(field)} further.` : "";
    const lost = ["row", "column"].map((name, a) => (rest[a] > 0 ? `${rest[a]} ${name}${rest[a] > 1 ? "s" : ""}` : "")).filter(Boolean);
    const remainder = lost.length > 0 ? `The last ${lost.join(" and ")} no window reaches.` : "";
    return [`Line ${line + 1}, ${text.replace(/:$/, "")}:`, why, remainder, sees].filter(Boolean).join(" ");
  }

  // Where parameters and work sit: what convolutions have of both.
  function share(rows, total) {
    const part = (name) => rows.filter(({ text }) => TRAINED.includes(text.split(" ")[0])).reduce((sum, row) => sum + row[name], 0);
    if (!total.work || part("work") === 0 || part("work") === total.work) return "";
    const percent = (name) => `${Math.min(99, Math.round((100 * part(name)) / total[name]))} %`;
    return ` Convolutions hold ${percent("parameters")} of the parameters and do ${percent("work")} of the work.`;
  }

  function mount(view, given, changed) {
    const { element, stepper, choices, sayer } = Widgets;
    let state = given, result = null, current = 0;
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };

    const presets = choices({
      label: "network", value: "", options: Object.keys(state.presets),
      changed: (name) => { const { layers, input: [channels, height, width] } = state.presets[name]; current = 0; write(layers); change({ layers, channels, height, width }); sheet.scrollTop = 0; },
    });
    const sizes = Object.entries({ channels: MOST.channels, height: MOST.pixels, width: MOST.pixels }).map(([label, high]) =>
      [label, stepper({ label, value: state[label], low: 1, high, changed: (value) => { change({ [label]: value }); reveal(); } })]);
    const gutter = element("pre", { class: "calculator-gutter", "aria-hidden": "true" });
    const editor = element("textarea", {
      wrap: "off", spellcheck: "false", autocapitalize: "none", autocomplete: "off", class: "calculator-text", "aria-label": "layers, one a line",
      oninput: () => { current = lineOf(editor); change({ layers: editor.value }); },
      onkeydown: (event) => keys(event, editor),
      onkeyup: follow, onclick: follow, onfocus: follow,
    });
    const body = element("tbody"), foot = element("tr");
    const heads = Object.values(COLUMNS).map((name) => element("th", { scope: "col" }, name));
    const table = element("table", { class: "calculator-table", "aria-label": "what each layer gives, holds, computes and sees" },
      element("thead", {}, element("tr", {}, element("td"), ...heads)), body, element("tfoot", {}, foot));
    const sheet = element("div", { class: "calculator-sheet" },
      element("div", { class: "calculator-lines" },
        element("div", { class: "calculator-head" }, "layers"),
        element("div", { class: "calculator-edit" }, gutter, editor),
        element("div", { class: "calculator-foot", "aria-hidden": "true" }, "total")),
      table);
    const total = element("p", { class: "calculator-total" }), words = sayer();
    view.append(element("div", { class: "widget-controls" }, presets.root, ...sizes.map(([, s]) => s.root)), sheet, total, words.root, help(element));

    function write(text) {
      if (editor.value !== text) editor.value = text;
    }
    function follow() {
      if (current === lineOf(editor)) return;
      current = lineOf(editor);
      mark();
    }
    function draw() {
      const input = [state.channels, state.height, state.width], lines = state.layers.split("\n");
      result = compute(state.layers, input);
      if (editor.rows !== lines.length || gutter.textContent === "") {
        editor.rows = lines.length;
        gutter.textContent = lines.map((_, i) => i + 1).join("\n");
      }
      editor.style.width = `${Math.min(44, Math.max(24, ...lines.map(({ length }) => length + 2)))}ch`;
      const same = ({ layers, input: size }) => layers === state.layers && times(size) === times(input);
      presets.set(Object.keys(state.presets).find((name) => same(state.presets[name])) ?? "");
      sizes.forEach(([label, s]) => s.set(state[label]));
      fill(lines);
      tell(input);
      mark();
    }
    function fill(lines) {
      const { rows, misfit } = result, byLine = new Map(rows.map((row) => [row.line, row]));
      const most = (name) => Math.max(1, ...rows.map((row) => row[name]));
      const [parameters, work] = [most("parameters"), most("work")];
      while (body.rows.length > lines.length) body.lastChild.remove();
      lines.forEach((text, line) => {
        const wrong = misfit?.line === line ? misfit.message : null;
        show(line, `${line + 1} ${text}`, wrong, byLine.get(line), parameters, work);
      });
      const { total: sums } = result;
      foot.replaceChildren(element("th", { scope: "row" }, element("span", { class: "widget-heard" }, "total")), ...[
        misfit ? "so far" : "", short(sums.parameters), short(sums.work), memory(sums.bytes), "",
      ].map((text) => element("td", {}, text)));
    }
    // Most keys change one row: the others stay as they are, which keeps long lists fast.
    function show(line, name, wrong, row, parameters, work) {
      const texts = row ? [times(row.shape), row.parameters > 0 ? short(row.parameters) : "", row.work > 0 ? short(row.work) : "", row.bytes > 0 ? memory(row.bytes) : "", fieldText(row)] : [];
      const shares = row ? [row.parameters / parameters, row.work / work] : [], lost = row && Math.max(...row.rest) > 0;
      const key = JSON.stringify([name, wrong, texts, shares, lost]), tr = body.rows[line] ?? body.appendChild(element("tr", { onpointerenter: () => { current = line; mark(); } }));
      if (tr.dataset.key === key) return;
      tr.dataset.key = key;
      const bar = (i) => (shares[i] > 0 ? { class: "calculator-bar", style: `--share: ${100 * shares[i]}%` } : {});
      const cells = wrong !== null ? [element("td", { colspan: 5, class: "calculator-misfit" }, wrong)]
        : row ? [element("td", { class: lost ? "calculator-rest" : null }, texts[0]), ...texts.slice(1).map((text, i) => element("td", bar(i), text))]
        : [element("td", { colspan: 5 })];
      tr.replaceChildren(element("th", { scope: "row" }, element("span", { class: "widget-heard" }, name)), ...cells);
    }
    function tell(input) {
      const { misfit, total: sums, out, rows } = result;
      total.className = misfit ? "calculator-total widget-error" : "calculator-total";
      total.textContent = misfit ? `Line ${misfit.line + 1}, ${misfit.text}: ${misfit.message}.`
        : `${times(input)} becomes ${times(out)}: ${grouped(sums.parameters)} parameters, ${grouped(sums.work)} multiply-adds, `
          + `${memory(sums.bytes)} of outputs for one image.${share(rows, sums)}`;
    }
    function mark() {
      const { rows, misfit } = result, row = rows.find(({ line }) => line === current);
      editor.parentElement.style.setProperty("--current", current);
      body.querySelector(".calculator-current")?.classList.remove("calculator-current");
      body.rows[current]?.classList.add("calculator-current");
      words.say(row ? explain(row) : misfit ? total.textContent : "");
    }
    function reveal() {
      if (!result.misfit) return;
      const tr = body.rows[result.misfit.line], top = tr.offsetTop - sheet.clientHeight / 2;
      if (Math.abs(top - sheet.scrollTop) > sheet.clientHeight / 2 - 60) sheet.scrollTop = top;
    }
    write(state.layers);
    draw();
    return (next) => { state = next; write(state.layers); draw(); };
  }

  // The largest input; a line of text is about as much as fits.
  const MOST = { channels: 4096, pixels: 4096 };

  const lineOf = ({ value: text, selectionStart }) => text.slice(0, selectionStart).split("\n").length - 1;

  // Enter keeps the indentation, and deepens it below a block; Alt with an arrow moves a line.
  // `insertText` is the only way to write that the reader can undo.
  function keys(event, editor) {
    const { key, altKey, isComposing } = event, lines = editor.value.split("\n"), at = lineOf(editor);
    if (isComposing) return;
    if (key === "Enter") {
      const before = editor.value.slice(0, editor.selectionStart).split("\n").at(-1);
      const deeper = before.trimEnd().endsWith(":") ? "  " : "";
      document.execCommand("insertText", false, `\n${before.match(/^ */)[0]}${deeper}`);
    } else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) {
      const first = key === "ArrowUp" ? at - 1 : at;
      if (first >= 0 && first + 1 < lines.length) {
        const start = lines.slice(0, first).join("\n").length + (first > 0 ? 1 : 0), [one, two] = lines.slice(first, first + 2);
        editor.setSelectionRange(start, start + one.length + 1 + two.length);
        document.execCommand("insertText", false, `${two}\n${one}`);
        const place = key === "ArrowUp" ? start : start + two.length + 1;
        editor.setSelectionRange(place, place);
        editor.onkeyup();
      }
    } else return;
    event.preventDefault();
  }

  // What can be written, folded away.
  function help(element) {
    const entries = Object.values(KINDS).filter(({ example }) => example);
    const line = (example, says) => [element("dt", {}, element("code", {}, example)), element("dd", {}, says)];
    return element("details", { class: "calculator-help" }, element("summary", {}, "Layers that can be listed, and keys"),
      element("dl", {},
        ...entries.flatMap(({ example, says }) => line(example, says)),
        ...line("residual:", "the indented lines, and a skip past them; below skip: what the skip passes"),
        ...line("concat:", "one branch: or more below, each with indented lines; their channels are joined")),
      element("p", {}, "Enter adds a line, Alt+↑ and Alt+↓ move one; two spaces indent; what follows # is not read."));
  }

  return { mount, compute };
})());
