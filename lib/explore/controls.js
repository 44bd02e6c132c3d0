// The controls that all figures of the book share: a number to step, a choice, a slider, and a button
// that plays. Each returns {root, set(value)}: set() moves it without a call of changed().
//
// A classic script, because a page read from disk can load no module.
const Controls = (() => {
  "use strict";

  const MINUS = "\u2212";
  const ANNOUNCE_AFTER = 500; // milliseconds of rest, so that a drag is announced once

  // --- elements ------------------------------------------------------------------------------

  // Make an element: attributes, listeners as functions (onclick: f), children.
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") made[name] = value;
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children);
    return made;
  }

  // Write a number as the book does: at most `digits` behind the point, a true minus sign.
  function format(number, digits = 2) {
    const text = Number(number.toFixed(digits)).toString();
    return (text === "-0" ? "0" : text).replace("-", MINUS);
  }

  // Read a number that a reader typed; null if it is none.
  function parse(text) {
    const plain = text.trim().replace(MINUS, "-").replace(",", ".");
    const number = Number(plain);
    return plain !== "" && Number.isFinite(number) ? number : null;
  }

  // In JupyterLab every figure has a copy of this script, and counts for itself.
  let ids = 0;
  const copy = Math.random().toString(36).slice(2);
  const freshId = () => `widget-part-${copy}-${++ids}`;

  // --- controls ------------------------------------------------------------------------------

  // A whole number, with a button on either side. Returns {root, set(value, low, high)}. `name` is
  // what a screen reader says, where the label needs its row to be understood. `allowed` lists the
  // numbers where there are gaps between them: arrow keys and buttons step over the gaps.
  function stepper({ label, name = label, value, low, high, allowed = null, changed }) {
    const id = freshId();
    const number = element("input", {
      id, type: "number", inputMode: low < 0 ? "text" : "numeric", "aria-label": name, value, min: low, max: high, step: 1, class: "widget-number",
      style: `width: max(2em, ${Math.max(...[low, high].map((end) => String(end).length)) + 2}ch)`,
      oninput: () => {
        const typed = Number(number.value);
        if (number.value !== "" && Number.isInteger(typed) && typed >= low && typed <= high) to(typed);
      },
      onkeydown: (event) => {
        const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
        if (!way || !allowed) return;
        event.preventDefault();
        to(next(way));
      },
      onblur: () => show(),
    });
    const less = element("button", { type: "button", "aria-label": `less ${name}`, tabindex: -1, onclick: () => to(next(-1)) }, MINUS);
    const more = element("button", { type: "button", "aria-label": `more ${name}`, tabindex: -1, onclick: () => to(next(1)) }, "+");
    const root = element("div", { class: "widget-stepper" }, element("label", { for: id }, label), less, number, more);
    function show() {
      Object.assign(number, { value, min: low, max: high });
      less.disabled = value <= low;
      more.disabled = value >= high;
    }
    const next = (way) => (allowed ? allowed[allowed.indexOf(value) + way] ?? value : value + way);
    function to(given) {
      if (given < low || given > high || given === value || (allowed && !allowed.includes(given))) return;
      value = given;
      show();
      changed(value);
    }
    show();
    return {
      root,
      set(next, nextLow = low, nextHigh = high) {
        [value, low, high] = [next, nextLow, nextHigh];
        show();
      },
    };
  }

  // One of a few: radio buttons that look like buttons. options: {value: text} or a list.
  function choices({ label, value, options, changed }) {
    const name = freshId();
    const entries = Array.isArray(options) ? options.map((o) => [o, o]) : Object.entries(options);
    const inputs = entries.map(([key, text]) => {
      const input = element("input", { type: "radio", name, value: key, checked: key === value, onchange: () => changed(key) });
      return [key, input, element("label", {}, input, element("span", {}, text))];
    });
    const root = element("fieldset", { class: "widget-choices" }, element("legend", {}, label), ...inputs.map((i) => i[2]));
    return { root, set: (next) => inputs.forEach(([key, input]) => (input.checked = key === next)) };
  }

  // A magnitude. Returns {root, set(value)}.
  function slider({ label, value, low, high, step, text = format, changed }) {
    const id = freshId();
    const shown = element("output", { for: id });
    const input = element("input", {
      id, type: "range", min: low, max: high, step, autocomplete: "off",
      oninput: () => { tell(Number(input.value)); changed(Number(input.value)); },
    });
    function tell(now) {
      shown.value = text(now);
      input.setAttribute("aria-valuetext", text(now));
    }
    const set = (now) => { input.value = now; tell(now); };
    set(value);
    return { root: element("div", { class: "widget-slider" }, element("label", { for: id }, label), shown, input), set };
  }

  // Something to be done.
  function button(text, onclick, attributes = {}) {
    return element("button", { type: "button", class: "widget-button", onclick, ...attributes }, text);
  }

  // Time: a button that calls step() until it returns false. Returns {root, stop()}. `name` is what
  // it plays, for a screen reader; started() and stopped() are called before the first step and
  // after the last.
  function play({ step, interval = 700, text = "Play", name = "", started = () => {}, stopped = () => {} }) {
    let timer = null;
    const root = button(text, () => (timer === null ? start() : stop()));
    function show(word) {
      root.textContent = word;
      if (name) root.setAttribute("aria-label", `${word}: ${name}`);
    }
    show(text);
    function start() {
      show("Pause");
      started();
      timer = setInterval(() => { if (!step()) stop(); }, interval);
      if (!step()) stop();
    }
    function stop() {
      if (timer === null) return;
      clearInterval(timer);
      timer = null;
      show(text);
      stopped();
    }
    return { root, stop };
  }

  // What a figure says: at once for the eye, after a rest for a screen reader.
  function sayer() {
    const seen = element("p", { class: "widget-say", "aria-hidden": "true" });
    const heard = element("div", { class: "widget-heard", role: "status", "aria-live": "polite" });
    let timer = null;
    return {
      root: element("div", {}, seen, heard),
      say(text) {
        seen.textContent = text;
        clearTimeout(timer);
        timer = setTimeout(() => (heard.textContent = text), ANNOUNCE_AFTER);
      },
    };
  }

  return { element, format, parse, freshId, stepper, choices, slider, button, play, sayer, ANNOUNCE_AFTER };
})();
