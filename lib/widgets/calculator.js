// The network calculator: a list of layers, and what each gives, holds, computes and sees.
Widgets.define("calculator", (() => {
  "use strict";

  const AXES = [0, 1], UNIT = [1, 1], NONE = [0, 0];
  const product = (numbers) => numbers.reduce((a, b) => a * b, 1);
  const times = (numbers) => numbers.join(" × ");
  const windowText = ([a, b]) => (a === b ? `${a}` : `${a} × ${b}`);
  const grouped = (number) => number.toLocaleString("en-US");

  // What does not come out, in words for the reader.
  class Misfit extends Error {}
  const fail = (message) => { throw new Misfit(message); };

  // --- the notation: one layer a line, blocks indented ---------------------------------------

  // For each layer what must follow its name (? : may follow), settings with a value, words
  // without one, and what the reader is told: an example, and what it is.
  const KINDS = {
    conv: ["filters window", "stride padding dilation groups connections", "no-bias",
      "conv 64 3x3 stride 2 padding 1", "convolution; also dilation, groups, no bias"],
    depthwise: ["window", "stride padding dilation", "no-bias", "depthwise 3x3 padding 1", "one filter a channel"],
    pool: ["window?", "stride padding dilation", "ceil same", "pool 2x2", "the largest of each window"],
    average: ["window?", "stride padding dilation to", "ceil learned", "average",
      "the mean of all pixels; of windows: average 2x2; for a given output: average to 6x6"],
    linear: ["outputs", "", "no-bias", "linear 10", "fully connected"],
    flatten: ["", "", "", "flatten", "an image as one row of numbers"],
    norm: ["", "", "", "norm", "batch normalization"],
    relu: ["", "", "", "relu", "number by number, as relu6, leaky relu, sigmoid, tanh, softmax"],
    dropout: ["share?", "", "", "dropout 0.5", "drops in training alone"],
    subsample: ["step", "to", "", "subsample 2 to 32", "every second pixel, and zeros for new channels"],
    pad: ["", "", "end same", "pad end", "a row and a column of zeros at the end"],
    lrn: ["size?", "", "", "lrn 5", "local response normalization"],
    normalize: [], distances: ["classes"], other: ["name", "parameters work to", "aside"],
    relu6: [], "leaky-relu": [], sigmoid: [], tanh: [], softmax: [],
  };
  const PARTS = { residual: "skip", concat: "branch" };
  // Other names for the same; words of two parts become one.
  const RENAMED = [[/^max ?pool(2d)?/, "pool"], [/^(average|avg) ?pool(2d)?/, "average"], [/^(dense|fc)\b/, "linear"],
    [/^batch ?norm(2d)?/, "norm"], [/^conv(olution|2d)/, "conv"], [/^leaky relu/, "leaky-relu"], [/\bno bias\b/, "no-bias"]];
  const listed = (words = "") => words.split(" ").filter(Boolean);

  // Read one layer: {kind, and all it takes by name}. A size is a pair: 3x5 is [3, 5].
  function readLayer(text) {
    let plain = text.trim().toLowerCase().replace(/(\d)\s*[×x]\s*(?=\d)/g, "$1x");
    for (const [old, name] of RENAMED) plain = plain.replace(old, name);
    const [kind, ...words] = plain.split(/\s+/), read = { kind };
    if (!Object.hasOwn(KINDS, kind)) fail(`no layer is called “${kind}”; see the list of layers below`);
    const [takes, settings, flags] = KINDS[kind].map(listed), expected = [...(takes ?? [])];
    while (words.length > 0) {
      const word = words.shift();
      if (flags?.includes(word)) read[word] = true;
      else if (settings?.includes(word)) read[word] = value(words.shift(), word, kind);
      else if (expected.length > 0 && (/^\d/.test(word) || expected[0] === "name")) {
        const name = expected.shift().replace("?", "");
        read[name] = ["name", "share"].includes(name) ? word : value(word, name, kind);
      } else {
        const known = [...(settings ?? []), ...(flags ?? [])].join(", ") || "no setting";
        fail(`${kind} does not know “${word}”; it knows ${known}`);
      }
    }
    const missing = expected.filter((name) => !name.endsWith("?"));
    if (missing.length > 0) fail(`${kind} needs its ${missing.join(" and ")}, such as: ${KINDS[kind][3]}`);
    return read;
  }

  const PAIRS = ["window", "step", "stride", "padding", "dilation"];
  function value(word = "", name, kind) {
    if (name === "padding" && word === "same" && kind !== "average") return word;
    const numbers = /^\d+(x\d+)*$/.test(word) ? word.split("x").map(Number) : [];
    const most = PAIRS.includes(name) ? 2 : (name === "to" && { average: 2, other: 3 }[kind]) || 1;
    const one = most === 1 ? "a whole number" : "whole numbers, such as 3 or 3x5";
    if (numbers.length === 0 || numbers.length > most) fail(`${name} must be ${one}, not “${word}”`);
    const least = name === "padding" || kind === "other" ? 0 : 1;
    if (Math.min(...numbers) < least) fail(`${name} must be at least ${least}`);
    if (Math.max(...numbers) > 1e6 && kind !== "other") fail(`${name} must be at most a million`);
    if (most === 1) return numbers[0];
    return most === 2 && numbers.length === 1 ? [numbers[0], numbers[0]] : numbers;
  }

  // Read all lines into a tree: {line, text, depth, inner}, and `block` where a line ends in ":".
  function readLines(text) {
    const root = { inner: [], depth: -1 }, open = [root];
    text.split("\n").forEach((whole, line) => {
      const said = whole.replace(/#.*/, "").replaceAll("\t", "  ").trimEnd();
      if (said === "") return;
      const node = { line, text: said.trim(), depth: said.length - said.trimStart().length, inner: [] };
      while (open.at(-1).depth >= node.depth) open.pop();
      const { inner } = open.at(-1);
      node.astray = inner.length > 0 && inner[0].depth !== node.depth;
      if (node.text.endsWith(":")) node.block = node.text.toLowerCase().replace(/\s*:$/, "");
      inner.push(node);
      open.push(node);
    });
    return root.inner;
  }

  // --- sizes and fields, as in lib.convolution and lib.analysis ------------------------------

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
  const PIXEL = { size: 1, jump: UNIT, start: 0 };
  const through = ({ size, jump, start }, kernel, stride = UNIT, padding = 0, dilation = 1) => ({
    size: size + Math.floor(((kernel - 1) * dilation * jump[0]) / jump[1]),
    jump: scaled(jump, stride),
    start: start - Math.floor((padding * jump[0]) / jump[1]),
  });
  function covering(one, other) {
    const start = Math.min(one.start, other.start), end = Math.max(one.start + one.size, other.start + other.size);
    const further = one.jump[0] * other.jump[1] >= other.jump[0] * one.jump[1];
    return { size: end - start, jump: further ? one.jump : other.jump, start };
  }
  // What all numbers of an image together see; of adaptive pooling, no more than those before it.
  const allSeen = ({ shape, field, together }) =>
    together ?? AXES.map((a) => through(field[a], shape[a + 1], [shape[a + 1], 1]));

  // --- layers: each takes {shape, field} and returns what it gives, holds and computes ---------

  function windows(x, layer) {
    const { window, stride = UNIT, dilation = UNIT } = layer, same = layer.same || layer.padding === "same";
    const padding = same ? NONE : layer.padding ?? NONE, settings = { ceil: layer.ceil, same };
    const slid = AXES.map((a) => slide(x.shape[a + 1], window[a], stride[a], padding[a], dilation[a], settings));
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

  function conv(x, layer) {
    const C = x.shape[0], { filters: F = C, window, connections, "no-bias": plain } = layer;
    const groups = layer.kind === "depthwise" ? C : layer.groups ?? 1;
    if (C % groups > 0) fail(`${groups} groups do not divide ${C} channels`);
    if (F % groups > 0) fail(`${groups} groups do not divide ${F} filters`);
    const { sizes, field, rest } = windows(x, layer), kernels = connections ?? (F * C) / groups;
    const weights = kernels * product(window), work = weights * product(sizes);
    return {
      shape: [F, ...sizes], field, rest, parameters: weights + (plain ? 0 : F), work,
      why: `${connections ?? `${F} × ${C / groups}`} kernels of ${times(window)} = ${grouped(weights)} weights`
        + `${plain ? "" : `, and ${F} biases`}. At ${times(sizes)} places: ${grouped(work)} multiply-adds.`,
    };
  }

  const eachChannel = (C) => `A factor and a summand for each of ${C} channels.`;
  function pool(x, layer) {
    const [C, ...size] = x.shape, { window, padding = NONE, learned, to } = layer;
    if (to) return adaptive(x, to);
    if (!window) return { shape: [C], field: allSeen(x), why: `All ${times(size)} pixels of a channel become one number.` };
    const large = padding !== "same" && AXES.some((a) => padding[a] > window[a] / 2);
    if (large) fail(`a padding of ${windowText(padding)} is more than half of the window`);
    const { sizes, ...others } = windows(x, { ...layer, stride: layer.stride ?? window });
    const held = learned ? { parameters: 2 * C, why: eachChannel(C) } : { why: "Nothing to learn." };
    // An image that is framed to an even size is held beside the output.
    const framed = layer.same ? product([C, ...size.map((n) => n + (n % 2))]) : 0;
    return { shape: [C, ...sizes], ...others, ...held, framed };
  }

  // Windows chosen so that the output has a given size: some may be larger than others.
  function adaptive(x, to) {
    const field = AXES.map((a) => {
      const size = x.shape[a + 1], count = to[a];
      const long = (i) => Math.ceil(((i + 1) * size) / count) - Math.floor((i * size) / count);
      return through(x.field[a], Math.max(...Array.from({ length: count }, (_, i) => long(i))), scaled([size, count], UNIT));
    });
    const why = `The windows are chosen so that ${times(to)} come out.`;
    return { shape: [x.shape[0], ...to], field, together: allSeen(x), why };
  }

  function linear({ shape: [inputs], field }, { outputs, "no-bias": plain }) {
    const work = inputs * outputs;
    return {
      shape: [outputs], field, parameters: work + (plain ? 0 : outputs), work,
      why: `${grouped(inputs)} × ${grouped(outputs)} = ${grouped(work)} weights`
        + `${plain ? "" : `, and ${grouped(outputs)} biases`}; each weight is used once.`,
    };
  }

  function subsample({ shape: [C, ...size], field }, { step, to = C }) {
    if (to < C) fail(`${C} channels cannot become ${to}: subsample only adds some`);
    const taken = size.map((n, a) => Math.ceil(n / step[a]));
    return { shape: [to, ...taken], field: AXES.map((a) => through(field[a], 1, [step[a], 1])) };
  }

  const asBefore = ({ shape, field }) => ({ shape, field });
  const OF_IMAGES = {
    conv, depthwise: conv, pool, average: pool, subsample, lrn: asBefore,
    pad: ({ shape: [C, ...size], field }, { same }) =>
      ({ shape: [C, ...size.map((n) => n + 1 + (same ? n % 2 : 0))], field }),
  };
  const OF_ROWS = { linear, distances: ({ field }, { classes }) => ({ shape: [classes], field }) };
  const OF_BOTH = {
    flatten: (x) => ({ shape: [product(x.shape)], field: x.shape.length > 1 ? allSeen(x) : x.field }),
    norm: (x) => ({ ...asBefore(x), parameters: 2 * x.shape[0], why: eachChannel(x.shape[0]) }),
    dropout: (x) => ({ ...x, passes: true }), // in evaluation its output is its input
    other: (x, { to, parameters, work, aside: passes }) => ({ shape: to ?? x.shape, field: x.field, parameters, work, passes }),
  };
  function run(x, layer) {
    const { kind } = layer, isImage = x.shape.length > 1;
    if (kind in OF_IMAGES && !isImage) fail(`${kind} takes an image, not a row of ${x.shape[0]} numbers`);
    if (kind in OF_ROWS && isImage) fail(`${kind} takes a row of numbers, not ${times(x.shape)}: flatten comes first`);
    return (OF_IMAGES[kind] ?? OF_ROWS[kind] ?? OF_BOTH[kind] ?? asBefore)(x, layer);
  }

  // --- the whole list ------------------------------------------------------------------------

  // Return {rows, total, out, misfit}: a row for each line that could be computed, in the order of
  // the computation, and the first misfit, {line, text, message}.
  function compute(text, input) {
    const rows = [];
    let at = null, misfit = null, out = null;
    const stop = (node, message) => { at = node; fail(message); };
    const chain = (nodes, x) => nodes.reduce((y, node) => step(node, y), x);
    function step(node, x) {
      at = node;
      if (node.astray) fail("it is indented neither like the line above nor like a block");
      const isLayer = node.block === undefined, [below] = node.inner;
      if (isLayer && below) stop(below, "an indented line needs a block above it, such as residual:");
      const given = isLayer ? run(x, readLayer(node.text)) : block(node, x);
      const { shape, field, together, parameters = 0, work = 0, rest = NONE, why = "", passes, framed = 0 } = given;
      const bytes = passes ? 0 : 4 * (product(shape) + framed); // float32
      rows.push({ line: node.line, text: node.text, shape, field, parameters, work, rest, why, bytes });
      return passes ? x : { shape, field, together };
    }
    function block(node, x) {
      const { block: name, inner } = node, part = PARTS[name];
      if (Object.values(PARTS).includes(name)) fail(`${name}: belongs into a block, and indented`);
      if (!part) fail(`no block is called “${name}”; there are residual: and concat:`);
      if (inner.length === 0) fail(`nothing is indented below ${name}:`);
      const ways = inner.filter((each) => each.block === part), body = inner.filter((each) => each.block !== part);
      return name === "residual" ? residual(node, x, body, ways) : concat(node, x, body, ways);
    }
    function residual(node, x, lines, [way, second]) {
      const body = chain(lines, x), skip = way ? chain(way.inner, x) : x;
      const shapes = [body, skip].map(({ shape }) => times(shape));
      if (second) stop(second, "there can be one skip: only");
      if (shapes[0] !== shapes[1]) stop(node, `the body gives ${shapes[0]}, the skip ${shapes[1]}: they cannot be added`);
      const field = way ? AXES.map((a) => covering(body.field[a], skip.field[a])) : body.field;
      return { shape: body.shape, field, why: "What the body gives, plus what comes past it by the skip." };
    }
    function concat(node, x, [stray], branches) {
      if (stray) stop(stray, "below concat: every line belongs to a branch:");
      const ends = branches.map((branch) => chain(branch.inner, x)), shapes = ends.map(({ shape }) => shape);
      const size = shapes[0].slice(1), other = shapes.find((shape) => times(shape.slice(1)) !== times(size));
      if (other) stop(node, `a branch gives ${times(shapes[0])}, another ${times(other)}: they cannot be joined`);
      const channels = shapes.map((shape) => shape[0]), C = channels.reduce((a, b) => a + b);
      const field = AXES.map((a) => ends.map((end) => end.field[a]).reduce(covering));
      return { shape: [C, ...size], field, why: `${channels.join(" + ")} = ${C} channels.` };
    }
    try {
      out = chain(readLines(text), { shape: input, field: [PIXEL, PIXEL] }).shape;
    } catch (error) {
      if (!(error instanceof Misfit)) throw error;
      misfit = { line: at.line, text: at.text, message: error.message };
    }
    const sum = (name) => rows.reduce((total, each) => total + each[name], 0);
    return { rows, total: { parameters: sum("parameters"), work: sum("work"), bytes: sum("bytes") }, out, misfit };
  }

  // --- in words ------------------------------------------------------------------------------

  // Three digits of a large number, with the letter of its size.
  function short(number, base = 1000, letters = ["", " k", " M", " G", " T"]) {
    if (base === 1000 && number < 1e4) return grouped(number);
    const fits = (power) => number / base ** power < 999.5 || power === letters.length - 1;
    const power = letters.findIndex((_, i) => fits(i));
    return `${Number((number / base ** power).toPrecision(3))}${letters[power]}`;
  }
  const memory = (bytes) => short(bytes, 1024, [" B", " KiB", " MiB", " GiB"]);
  const jumpText = (field) => windowText(field.map(({ jump: [a, b] }) => Number((a / b).toPrecision(3))));
  const sizesOf = (field) => field.map(({ size }) => size);

  // What a line does.
  function explain({ line, text, why, field, rest, shape }) {
    const lost = ["row", "column"].map((name, a) => (rest[a] > 0 ? `${rest[a]} ${name}${rest[a] > 1 ? "s" : ""}` : ""));
    return [
      `Line ${line + 1}, ${text.replace(/:$/, "")}:`, why,
      Math.max(...rest) > 0 ? `The last ${lost.filter(Boolean).join(" and ")} no window reaches.` : "",
      shape.length > 1 ? `Each number sees ${times(sizesOf(field))} pixels; its neighbor lies ${jumpText(field)} further.` : "",
    ].filter(Boolean).join(" ");
  }

  // What the whole costs, and how much of it lies in convolutions.
  function conclude({ rows, total, out, misfit }, input) {
    if (misfit) return `Line ${misfit.line + 1}, ${misfit.text}: ${misfit.message}.`;
    const { parameters, work, bytes } = total, convs = rows.filter(({ text }) => /^(conv|depthwise)/i.test(text));
    const part = (name) => convs.reduce((sum, row) => sum + row[name], 0);
    const percent = (name) => `${Math.min(99, Math.round((100 * part(name)) / total[name]))} %`;
    const share = part("work") === 0 || part("work") === work ? ""
      : ` Convolutions hold ${percent("parameters")} of the parameters and do ${percent("work")} of the work.`;
    return `${times(input)} becomes ${times(out)}: ${grouped(parameters)} parameters, ${grouped(work)} multiply-adds, `
      + `${memory(bytes)} of outputs for one image.${share}`;
  }

  // --- the figure ----------------------------------------------------------------------------

  const MOST = 4096, COLUMNS = ["output", "parameters", "multiply-adds", "memory", "field, jump"];
  const lineOf = ({ value: text, selectionStart }) => text.slice(0, selectionStart).split("\n").length - 1;

  function mount(view, given, changed) {
    const { element, stepper, choices, sayer } = Widgets;
    let state = given, result = null, current = 0;
    const change = (parts) => { state = { ...state, ...parts }; draw(); changed(state); };
    const heard = (text) => element("th", { scope: "row" }, element("span", { class: "widget-heard" }, text));

    const presets = choices({ label: "network", value: "", options: Object.keys(state.presets), changed: adopt });
    const sizes = ["channels", "height", "width"].map((label) => [label, stepper({
      label, value: state[label], low: 1, high: MOST, changed: (n) => { change({ [label]: n }); reveal(); },
    })]);
    const gutter = element("pre", { class: "calculator-gutter", "aria-hidden": "true" });
    const editor = element("textarea", {
      class: "calculator-text", "aria-label": "layers, one a line", wrap: "off", spellcheck: "false", autocapitalize: "none",
      oninput: () => { current = lineOf(editor); change({ layers: editor.value }); },
      onkeydown: indent, onkeyup: follow, onclick: follow, onfocus: follow,
    });
    const body = element("tbody"), foot = element("tr");
    const head = element("tr", {}, element("td"), ...COLUMNS.map((name) => element("th", { scope: "col" }, name)));
    const sheet = element("div", { class: "calculator-sheet" },
      element("div", { class: "calculator-lines" },
        element("div", { class: "calculator-head" }, "layers"),
        element("div", { class: "calculator-edit" }, gutter, editor),
        element("div", { class: "calculator-foot", "aria-hidden": "true" }, "total")),
      element("table", { class: "calculator-table", "aria-label": "what each layer gives, holds, computes and sees" },
        element("thead", {}, head), body, element("tfoot", {}, foot)));
    const total = element("p"), words = sayer();
    view.append(
      element("div", { class: "widget-controls" }, presets.root, ...sizes.map(([, each]) => each.root)),
      sheet, total, words.root, help());

    function adopt(name) {
      const { layers, input: [channels, height, width] } = state.presets[name];
      current = sheet.scrollTop = 0;
      editor.value = layers;
      change({ layers, channels, height, width });
    }
    function follow() {
      if (current === lineOf(editor)) return;
      current = lineOf(editor);
      mark();
    }
    // Enter keeps the indentation, and deepens it below a block. The reader can undo `insertText`.
    function indent(event) {
      if (event.key !== "Enter" || event.isComposing) return;
      const before = editor.value.slice(0, editor.selectionStart).split("\n").at(-1);
      const deeper = before.trimEnd().endsWith(":") ? "  " : "";
      document.execCommand("insertText", false, `\n${before.match(/^ */)[0]}${deeper}`);
      event.preventDefault();
    }

    function draw() {
      const input = [state.channels, state.height, state.width], lines = state.layers.split("\n");
      if (editor.rows !== lines.length || gutter.textContent === "") {
        editor.rows = lines.length;
        gutter.textContent = lines.map((_, i) => i + 1).join("\n");
      }
      editor.style.width = `${Math.min(44, Math.max(24, ...lines.map(({ length }) => length + 2)))}ch`;
      const isShown = ([, { layers, input: size }]) => layers === state.layers && times(size) === times(input);
      presets.set(Object.entries(state.presets).find(isShown)?.[0] ?? "");
      sizes.forEach(([label, each]) => each.set(state[label]));
      result = compute(state.layers, input);
      fill(lines);
      total.className = `calculator-total${result.misfit ? " widget-error" : ""}`;
      total.textContent = conclude(result, input);
      mark();
    }
    function fill(lines) {
      const { rows, misfit, total: sums } = result, byLine = new Map(rows.map((row) => [row.line, row]));
      const most = { parameters: 1, work: 1 };
      rows.forEach((row) => Object.keys(most).forEach((name) => { most[name] = Math.max(most[name], row[name]); }));
      while (body.rows.length > lines.length) body.lastChild.remove();
      lines.forEach((text, line) => show(line, text, misfit?.line === line ? misfit.message : "", byLine.get(line), most));
      const cells = [misfit ? "so far" : "", short(sums.parameters), short(sums.work), memory(sums.bytes), ""];
      foot.replaceChildren(heard("total"), ...cells.map((text) => element("td", {}, text)));
    }
    // Most keys change one row: the others stay as they are, which keeps long lists fast.
    function show(line, text, wrong, row, most) {
      const cells = row ? cellsOf(row, most) : [[wrong, { colspan: 5, class: wrong ? "calculator-misfit" : null }]];
      const key = JSON.stringify([text, cells]);
      const tr = body.rows[line] ?? body.appendChild(element("tr", { onpointerenter: () => { current = line; mark(); } }));
      if (tr.dataset.key === key) return;
      tr.dataset.key = key;
      tr.replaceChildren(heard(`${line + 1} ${text}`), ...cells.map(([words, looks]) => element("td", looks, words)));
    }
    function cellsOf({ shape, field, rest, bytes, ...row }, most) {
      const style = (name) => `--share: ${(100 * row[name]) / most[name]}%`;
      const bar = (name) => [row[name] > 0 ? short(row[name]) : "", { class: "calculator-bar", style: style(name) }];
      const jump = shape.length > 1 ? `, ${jumpText(field)}` : "";
      return [
        [times(shape), { class: Math.max(...rest) > 0 ? "calculator-rest" : null }], bar("parameters"), bar("work"),
        [bytes > 0 ? memory(bytes) : "", {}], [windowText(sizesOf(field)) + jump, {}],
      ];
    }
    function mark() {
      const row = result.rows.find(({ line }) => line === current);
      body.querySelector(".calculator-current")?.classList.remove("calculator-current");
      body.rows[current]?.classList.add("calculator-current");
      editor.parentElement.style.setProperty("--current", current);
      words.say(row ? explain(row) : result.misfit ? total.textContent : "");
    }
    // Bring a misfit into view that the reader has made elsewhere.
    function reveal() {
      const tr = body.rows[result.misfit?.line], half = sheet.clientHeight / 2;
      if (tr && Math.abs(tr.offsetTop - half - sheet.scrollTop) > half - 60) sheet.scrollTop = tr.offsetTop - half;
    }
    function help() {
      const line = (example, says) => [element("dt", {}, element("code", {}, example)), element("dd", {}, says)];
      return element("details", { class: "calculator-help" }, element("summary", {}, "Layers that can be listed"),
        element("dl", {},
          ...Object.values(KINDS).flatMap(([, , , example, says]) => (example ? line(example, says) : [])),
          ...line("residual:", "the lines indented below it, and a skip past them; below skip: what the skip passes"),
          ...line("concat:", "branch: below it once or more, each with its lines; their channels are joined"),
          ...line("# words", "are not read")));
    }
    editor.value = state.layers;
    draw();
    return (next) => {
      state = next;
      if (editor.value !== state.layers) editor.value = state.layers;
      draw();
    };
  }

  return { mount, compute };
})());
