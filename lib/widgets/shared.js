// What all figures that can be touched share: grids of numbers, and how they start. Their controls are
// those of lib/explore/controls.js.
//
// A figure defines itself with Widgets.define(name, {mount, ...}): mount(view, state, changed)
// fills the element `view`, calls changed(state) after each change of the reader's, and returns a
// function that takes a new state from outside; a fourth argument, shared(name), gives what several
// figures of a page share. The other members are its arithmetic: pure
// functions, which the tests hold to the library.
//
// In a page this is a classic script, because a page read from disk can load no module; for
// JupyterLab the same text, the figure's and one line more make an ES module.
const Widgets = (() => {
  "use strict";

  const defined = {};
  const { element, format, parse, freshId } = Controls;

  function define(name, widget) {
    defined[name] = widget;
  }

  // --- controls ------------------------------------------------------------------------------

  // A line of controls, with its name before it.
  function controlRow(name, ...parts) {
    const shown = element("span", { class: "widget-row-name", "aria-hidden": "true" }, name);
    return element("div", { class: "widget-row", role: "group", "aria-label": name }, shown, ...parts);
  }

  // The name of the filling that equals the cells; "" if none does. fillings: {name: cells}.
  function equalTo(cells, fillings) {
    const text = JSON.stringify(cells);
    return Object.keys(fillings).find((name) => JSON.stringify(fillings[name]) === text) ?? "";
  }

  // --- grids of numbers ----------------------------------------------------------------------

  // The color of a number on the book's diverging scale, and of the text upon it.
  const NEGATIVE = [179, 88, 6], ZERO = [247, 247, 247], POSITIVE = [33, 102, 172];
  function tint(value, limit) {
    const share = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
    const end = share < 0 ? NEGATIVE : POSITIVE;
    const color = ZERO.map((zero, i) => Math.round(zero + Math.abs(share) * (end[i] - zero)));
    return { background: `rgb(${color.join(" ")})`, color: luminance(color) > 0.179 ? "#010101" : "#ffffff" };
  }

  // WCAG's relative luminance; above 0.179 black has more contrast than white, and at least 4.5:1.
  function luminance(color) {
    const [r, g, b] = color.map((part) => (part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }

  // A table of numbers that is read with the mouse, a finger or the arrow keys, and edited.
  //
  // label      what it holds, for a screen reader
  // seen(r, c) is called when a cell is pointed at or reached by the keyboard, left() when it is left
  // edited(r, c, value): given, cells can be typed into; a second click begins, as Enter does
  // Returns {root, set(cells), mark(list of [r, c], look), at}: cells are rows of
  // {value, text?, kind?: "padding" | "remainder" | "empty", name?}; `limit` scales the colors. Looks
  // can be told apart without color: "mark" frames a cell, "win" and "tie" put a disk and a ring into
  // its corner, "change" underlines it, "later" takes
  // its ground away.
  function grid({ label, seen = () => {}, left = () => {}, edited = null }) {
    const body = element("tbody");
    const root = element("table", { class: "widget-grid", role: "grid", "aria-label": label }, body);
    let cells = [], reached = [0, 0], marks = {}, again = false;

    const cellAt = (r, c) => body.rows[r]?.cells[c];
    function reach(r, c) {
      const next = cellAt(r, c);
      if (!next) return;
      const before = cellAt(...reached);
      if (before) before.tabIndex = -1;
      reached = [r, c];
      next.tabIndex = 0;
      next.focus();
    }
    function keys(event) {
      const [r, c] = reached;
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.target.tagName === "INPUT") return;
      if (step) reach(r + step[0], c + step[1]);
      else if (event.key === "Home") reach(r, 0);
      else if (event.key === "End") reach(r, cells[r].length - 1);
      else if (edited && !event.ctrlKey && !event.metaKey && !event.altKey && /^(Enter|F2|[-0-9.])$/.test(event.key)) edit(r, c, /^[-0-9.]$/.test(event.key) ? event.key : null);
      else return;
      event.preventDefault();
    }
    function edit(r, c, first) {
      const cell = cellAt(r, c), { value, kind } = cells[r][c];
      if (!edited || (kind && kind !== "remainder") || cell.querySelector("input")) return;
      const input = element("input", { "aria-label": `${name(r, c)}, new value`, inputMode: "decimal", value: first ?? String(value) });
      const close = (take) => {
        if (!input.isConnected) return;
        const typed = parse(input.value);
        input.onblur = null;
        show(r, c);
        if (take && typed !== null) edited(r, c, typed);
      };
      input.onkeydown = (event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close(event.key === "Enter");
        cellAt(r, c)?.focus();
      };
      input.onblur = () => close(true); // the reader went elsewhere: the focus stays there
      cell.replaceChildren(input);
      input.focus();
      if (first === null) input.select();
      else input.setSelectionRange(1, 1); // the next key goes behind the first
    }
    const name = (r, c) => cells[r][c].name ?? `row ${r + 1}, column ${c + 1}`;
    function show(r, c) {
      const { value, text, kind, limit } = cells[r][c], cell = cellAt(r, c);
      const words = text ?? (value === null ? "" : format(value));
      cell.textContent = words;
      cell.className = kind ? `widget-${kind}` : "";
      const look = value === null || kind || !limit ? { background: "", color: "" } : tint(value, limit);
      Object.assign(cell.style, look);
      cell.setAttribute("aria-label", `${name(r, c)}: ${words || "empty"}${kind ? `, ${kind}` : ""}`);
    }
    function set(next) {
      const same = next.length === cells.length && next.every((row, r) => row.length === cells[r].length);
      const before = cells, parts = ["value", "text", "kind", "limit", "name"];
      const changed = (r, c) => !same || parts.some((part) => before[r][c][part] !== cells[r][c][part]);
      cells = next;
      if (!same) {
        body.replaceChildren(...cells.map((row, r) => element("tr", {}, ...row.map((_, c) => element("td", {
          role: "gridcell", tabindex: -1, onmouseenter: () => seen(r, c), onmouseleave: () => left(),
          onfocus: () => { reached = [r, c]; seen(r, c); }, onblur: () => left(),
          onpointerdown: () => (again = document.activeElement === cellAt(r, c)),
          onclick: (event) => { if (event.target.tagName !== "INPUT") (again ? edit(r, c, null) : reach(r, c)); },
        })))));
        reached = [Math.min(reached[0], cells.length - 1), Math.min(reached[1], (cells[0]?.length ?? 1) - 1)];
        const first = cellAt(...reached);
        if (first) first.tabIndex = 0;
        marks = {};
      }
      cells.forEach((row, r) => row.forEach((_, c) => {
        if (changed(r, c) && !cellAt(r, c).querySelector("input")) show(r, c); // not what is being typed
      }));
      Object.entries(marks).forEach(([look, places]) => mark(places, look));
    }
    function mark(places, look = "mark") {
      marks[look]?.forEach(([r, c]) => cellAt(r, c)?.classList.remove(`widget-${look}`));
      marks[look] = places;
      places.forEach(([r, c]) => cellAt(r, c)?.classList.add(`widget-${look}`));
    }
    root.addEventListener("keydown", keys);
    return { root, set, mark, at: cellAt };
  }

  // Cells made by a function of row and column.
  const table = (rows, columns, f) =>
    Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => f(r, c)));

  // The same cells, with another number at one place.
  const replaced = (cells, r, c, number) =>
    cells.map((row, i) => (i === r ? row.map((old, j) => (j === c ? number : old)) : row));

  // A grid, or what else, below its title. Returns {root, title(text)}.
  function panel(text, ...content) {
    const title = element("div", { class: "widget-title" }, text);
    const root = element("div", { class: "widget-panel" }, title, ...content);
    return { root, title: (next) => (title.textContent = next) };
  }

  // Drag a grid by whole cells: moved(rows, columns) is called for each step. A finger drags
  // sideways only, because up and down it scrolls the page.
  function drag({ root, at }, moved) {
    let from = null;
    root.classList.add("widget-drag");
    root.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.target.tagName !== "INPUT") from = [event.clientY, event.clientX];
    });
    root.addEventListener("pointermove", (event) => {
      if (from === null || event.buttons === 0) { from = null; return; }
      const size = at(0, 0).getBoundingClientRect();
      const [down, right] = [event.clientY - from[0], event.clientX - from[1]];
      if (Math.hypot(down, right) > 5) root.setPointerCapture(event.pointerId); // it is no click: follow it
      const steps = [Math.trunc(down / size.height), Math.trunc(right / size.width)];
      if (steps[0] === 0 && steps[1] === 0) return;
      from = [from[0] + steps[0] * size.height, from[1] + steps[1] * size.width];
      moved(...steps);
    });
    for (const end of ["pointerup", "pointercancel"]) root.addEventListener(end, () => (from = null));
  }

  // Arrows from cells to cells, above all that `over` holds. Returns {draw(list of [from, to])}, each
  // a list of cells that the arrow takes for one.
  function arrows(over) {
    const id = freshId();
    const layer = element("div", { class: "widget-arrows", "aria-hidden": "true" });
    let drawn = [];
    function draw(pairs = drawn) {
      drawn = pairs;
      const origin = layer.getBoundingClientRect();
      if (origin.width === 0) return; // not in the page yet; the observer will tell
      const box = (cells) => {
        const boxes = cells.map((cell) => cell.getBoundingClientRect());
        const [left, top] = ["left", "top"].map((side) => Math.min(...boxes.map((b) => b[side])));
        const [right, bottom] = ["right", "bottom"].map((side) => Math.max(...boxes.map((b) => b[side])));
        const [x, y] = [(left + right) / 2 - origin.left, (top + bottom) / 2 - origin.top];
        return { x, y, wide: (right - left) / 2, high: (bottom - top) / 2 };
      };
      const lines = pairs.map(([start, end]) => {
        const [a, b] = [box(start), box(end)], [x, y] = [b.x - a.x, b.y - a.y];
        // From edge to edge, and bent, so that the numbers stay readable.
        const edge = ({ wide, high }) => Math.min(wide / Math.abs(x), high / Math.abs(y), 0.5);
        const [from, to] = [edge(a), 1 - edge(b)], bend = x < 0 ? -0.12 : 0.12;
        const control = `${a.x + (x * (from + to)) / 2 + y * bend} ${a.y + (y * (from + to)) / 2 - x * bend}`;
        return `M${a.x + x * from} ${a.y + y * from}Q${control} ${a.x + x * to} ${a.y + y * to}`;
      });
      layer.innerHTML = `<svg><marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" orient="auto"
        markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8z"/></marker>
        ${lines.map((line) => `<path d="${line}" marker-end="url(#${id})"/>`).join("")}</svg>`;
    }
    over.classList.add("widget-arrowed");
    over.append(layer);
    over.addEventListener("scroll", () => draw(), true);
    new ResizeObserver(() => draw()).observe(over);
    return { draw };
  }

  // --- pictures ------------------------------------------------------------------------------

  // The same scale as tint(), in 255 steps from -limit to limit, for many pixels at a time.
  const packed = ([r, g, b]) => ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
  const DIVERGING = Uint32Array.from({ length: 255 }, (_, i) => {
    const share = Math.abs(i - 127) / 127, end = i < 127 ? NEGATIVE : POSITIVE;
    return packed(ZERO.map((zero, k) => Math.round(zero + share * (end[k] - zero))));
  });
  const GRAY = Uint32Array.from({ length: 255 }, (_, i) => packed(Array(3).fill(Math.round(255 * Math.max(0, (i - 127) / 127)))));

  // Maps side by side on one canvas, `columns` of them in a row, `gap` pixels apart. Returns
  // {canvas, draw(data, limit)}: data holds the maps one after another; a limit of 0 finds the
  // largest magnitude.
  function mosaic({ count, height, width, columns = count, gap = 0, colors = "diverging", ...attributes }) {
    const rows = Math.ceil(count / columns), [down, right] = [height + gap, width + gap];
    const across = columns * right - gap, canvas = element("canvas", { class: "widget-picture", ...attributes });
    Object.assign(canvas, { width: across, height: rows * down - gap });
    const context = canvas.getContext("2d"), image = context.createImageData(across, canvas.height);
    const pixels = new Uint32Array(image.data.buffer), table = colors === "gray" ? GRAY : DIVERGING;
    function draw(data, limit = 0) {
      let most = limit;
      if (!limit) for (const value of data) most = Math.max(most, Math.abs(value));
      const step = most > 0 ? 127 / most : 0;
      for (let map = 0, from = 0; map < count; map++) {
        const corner = Math.floor(map / columns) * down * across + (map % columns) * right;
        for (let r = 0; r < height; r++) {
          for (let c = 0, to = corner + r * across; c < width; c++, from++, to++) {
            pixels[to] = table[Math.max(0, Math.min(254, Math.round(127 + step * data[from])))];
          }
        }
      }
      context.putImageData(image, 0, 0);
    }
    return { canvas, draw };
  }

  // --- starting ------------------------------------------------------------------------------

  // What figures share, in a page: written once, beside the first of them.
  const inPage = (name) => JSON.parse(document.querySelector(`.widget-data[data-name="${name}"]`).textContent);

  function startAll() {
    for (const root of document.querySelectorAll(".widget[data-widget]:not([data-ready])")) {
      const view = root.querySelector(".widget-view"), still = view.innerHTML;
      root.dataset.ready = "loading";
      try {
        const state = JSON.parse(root.querySelector(".widget-state").textContent);
        view.replaceChildren();
        root.take = defined[root.dataset.widget].mount(view, state, () => {}, inPage);
        root.dataset.ready = "true";
      } catch (error) {
        view.innerHTML = still;
        view.before(element("p", { class: "widget-error", role: "alert" }, `This figure cannot be touched in this browser (${error}).`));
        root.dataset.ready = "failed";
      }
    }
  }

  // The module that anywidget asks for.
  function live(name) {
    return {
      render({ model, el }) {
        let own = false;
        const view = element("div", { class: "widget-view" });
        const root = element("div", { class: "widget", role: "group", "aria-label": model.get("label"), "data-widget": name }, view);
        // The keys are the figure's, not the notebook's: JupyterLab asks what has the focus.
        root.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
        const holder = element("div");
        holder.innerHTML = model.get("frame"); // the figure with its name and its caption
        holder.firstElementChild.prepend(root);
        el.append(holder.firstElementChild);
        const take = defined[name].mount(view, model.get("state"), (state) => {
          own = true;
          model.set("state", state);
          model.save_changes();
          own = false;
        }, (name) => model.get("data")[name]);
        model.on("change:state", () => { if (!own) take(model.get("state")); });
        root.dataset.ready = "true";
      },
    };
  }

  return { ...Controls, define, defined, grid, tint, mosaic, startAll, live,
    controlRow, equalTo, table, replaced, panel, drag, arrows };
})();
