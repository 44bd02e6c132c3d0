// Questions: a guess is marked, the answer explained, and what it would have given away unveiled.
//
// The markup is written by lib/exercises/asking.py, the same for the page and for JupyterLab. What
// was answered is kept in this browser by the question's name; every box on the page that asks the
// same follows. In a page this is a classic script; for JupyterLab one line more makes a module.
const Questions = (() => {
  "use strict";

  const PREFIX = "convnets-from-scratch:answer:";
  const CHANGED = "questions-changed";
  const MARKS = { right: "M2 8.5 6.5 13 14 3.5", wrong: "M3 3 13 13 M13 3 3 13" };

  // --- what is kept --------------------------------------------------------------------------

  // Where the browser keeps nothing, the answers last as long as the page. Each module that
  // JupyterLab loads has a copy of this script, so they lie in the window.
  const unkept = (window.questionsUnkept ??= new Map());
  const reachable = (use, otherwise) => {
    try {
      return use(window.localStorage);
    } catch {
      return otherwise;
    }
  };
  // Return what was said of a question, {said} and perhaps {shown: true}; null if nothing.
  function kept(name) {
    const text = unkept.get(name) ?? reachable((store) => store.getItem(PREFIX + name), null);
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  }
  function keep(name, what) {
    const text = what === null ? null : JSON.stringify(what);
    unkept.delete(name);
    const wrote = reachable((store) => {
      if (text === null) store.removeItem(PREFIX + name);
      else store.setItem(PREFIX + name, text);
      return true;
    }, false);
    if (!wrote && text !== null) unkept.set(name, text);
    window.dispatchEvent(new Event(CHANGED));
  }
  function names() {
    const stored = reachable((store) => Object.keys(store).filter((key) => key.startsWith(PREFIX)), []);
    return [...new Set([...stored.map((key) => key.slice(PREFIX.length)), ...unkept.keys()])];
  }
  // Call a function now and after each change, until `signal` ends it.
  function follow(show, signal) {
    window.addEventListener(CHANGED, show, { signal });
    window.addEventListener("storage", show, { signal }); // another window of this browser
    show();
  }

  // --- what is right -------------------------------------------------------------------------

  // Read a number that a reader typed: 57,600 or −0.5 or 0,5; null if it is none.
  function parse(text) {
    const plain = text.replace(/\s/g, "").replace(/[\u2212\u2013]/g, "-");
    const grouped = /^-?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(plain);
    const number = Number(grouped ? plain.replaceAll(",", "") : plain.replace(",", "."));
    return plain !== "" && Number.isFinite(number) ? number : null;
  }
  const near = (a, b, tolerance) => Math.abs(a - b) <= tolerance + 1e-9 * Math.max(1, Math.abs(b));

  const radiosOf = (root) => Array.from(root.querySelectorAll("input[type=radio]"));
  const numberOf = (root) => root.querySelector(".question-number input");
  // Return what is entered now, null if nothing that could be marked.
  function entered(root) {
    const field = numberOf(root);
    return field ? parse(field.value) : radiosOf(root).find((radio) => radio.checked)?.value ?? null;
  }
  // Tell whether what was said is right; undefined where it is no answer to this question any more.
  function isRight(root, said) {
    if (numberOf(root)) {
      return typeof said === "number" ? near(said, Number(root.dataset.answer), Number(root.dataset.tolerance)) : undefined;
    }
    const radio = radiosOf(root).find(({ value }) => value === said);
    return radio && "right" in radio.dataset;
  }
  function whyNot(root, said) {
    const fits = ({ dataset }) => (numberOf(root)
      ? near(said, Number(dataset.said), Number(root.dataset.tolerance)) : dataset.said === said);
    return Array.from(root.querySelectorAll(".question-why-not")).find(fits)?.innerHTML ?? "";
  }
  // Return the state of a question: open, right, wrong or shown, and what was said.
  function stateOf(root) {
    const known = kept(root.dataset.question) ?? {};
    const right = isRight(root, known.said);
    if (right) return { state: "right", said: known.said };
    if (right === false) return { state: known.shown || root.dataset.kind === "prediction" ? "shown-wrong" : "wrong", said: known.said };
    return { state: known.shown ? "shown" : "open" };
  }

  // --- a question ----------------------------------------------------------------------------

  function mark(kind) {
    return `<svg class="question-mark" viewBox="0 0 16 16" aria-hidden="true"><path d="${MARKS[kind]}"/></svg>`;
  }

  function start(root, signal) {
    const name = root.dataset.question, field = numberOf(root), radios = radiosOf(root);
    const isPrediction = root.dataset.kind === "prediction";
    const verdict = root.querySelector(".question-verdict");
    const [check, waive] = root.querySelectorAll(".question-buttons button");
    const again = root.querySelector(".question-again");
    const isClosed = () => !["open", "wrong"].includes(root.dataset.state);
    // Two copies of a question on one page are two groups of buttons.
    const group = `${name}-${Math.random().toString(36).slice(2)}`;
    radios.forEach((radio) => { radio.name = group; });

    root.addEventListener("submit", (event) => {
      event.preventDefault();
      if (isClosed()) return;
      const said = entered(root);
      if (said !== null) keep(name, { said });
      else verdict.innerHTML = `<p>${field ? "Enter a number first." : "Choose an answer first."}</p>`;
    }, { signal });
    waive.addEventListener("click", () => {
      const { said } = stateOf(root);
      keep(name, { said, shown: true });
      check.focus();
    }, { signal });
    again.addEventListener("click", () => {
      keep(name, null);
      (field ?? radios[0]).focus();
    }, { signal });
    // An answer that was given stays as it is: a disabled field would lose the focus.
    radios.forEach((radio) => radio.addEventListener("click", (event) => { if (isClosed()) event.preventDefault(); }, { signal }));
    const renew = () => { if (root.dataset.state === "wrong") verdict.replaceChildren(); };
    root.addEventListener("input", renew, { signal });

    let before = "";
    follow(() => {
      const { state, said } = stateOf(root);
      if (before === (before = JSON.stringify([state, said]))) return;
      root.dataset.state = state;
      if (field && said !== undefined && parse(field.value) !== said) field.value = String(said).replace("-", "\u2212");
      if (field && state === "open") field.value = "";
      radios.forEach((radio) => {
        if (said !== undefined || state === "open") radio.checked = radio.value === said;
        const label = radio.parentElement, isSaid = radio.value === said;
        label.querySelector(".question-mark")?.remove();
        const right = "right" in radio.dataset && isClosed();
        if (right || isSaid) label.insertAdjacentHTML("beforeend", mark("right" in radio.dataset ? "right" : "wrong"));
        label.classList.toggle("question-is-right", right);
      });
      if (field) field.readOnly = isClosed();
      check.setAttribute("aria-disabled", isClosed());
      const reason = said === undefined ? "" : whyNot(root, said);
      verdict.innerHTML = {
        open: "",
        right: `<p>${mark("right")} Right.</p>`,
        wrong: `<p>${mark("wrong")} Not yet. ${reason || "Try again."}</p>`,
        "shown-wrong": `<p>${mark("wrong")} ${isPrediction ? "Not so." : "Not this time."} ${reason}</p>`,
        shown: "",
      }[state];
      root.dispatchEvent(new CustomEvent("question-state", { bubbles: true }));
    }, signal);
  }

  // The questions of a chapter: how many are right, and a button that forgets the answers.
  function startQuiz(root, signal) {
    const questions = Array.from(root.querySelectorAll(".question"));
    const score = root.querySelector(".quiz-score p"), clear = root.querySelector(".quiz-clear");
    clear.addEventListener("click", () => questions.forEach(({ dataset }) => keep(dataset.question, null)), { signal });
    follow(() => {
      const states = questions.map((question) => stateOf(question).state);
      const text = `${states.filter((state) => state === "right").length} of ${states.length} right`;
      if (score.textContent !== text) score.textContent = text;
      clear.disabled = states.every((state) => state === "open");
    }, signal);
  }

  // --- what is veiled ------------------------------------------------------------------------

  // In the built book the extension marked the cell and the text below it. In JupyterLab it is the
  // next cell of code, and the style finds the text; elsewhere there is none.
  function veiledBy(root) {
    const inPage = document.querySelectorAll(`.veiled-by-${CSS.escape(root.dataset.question)}`);
    if (inPage.length) return Array.from(inPage);
    let cell = root.closest(".jp-Cell");
    do cell = cell?.nextElementSibling; while (cell && !cell.classList.contains("jp-CodeCell"));
    return cell ? [cell] : [];
  }
  function startVeil(root, signal) {
    let veiled = [], isLedTo = false;
    const set = (parts) => {
      const isOpen = stateOf(root).state === "open" && !isLedTo;
      veiled.forEach((part) => { if (!parts.includes(part)) part.classList.remove("question-veiled"); });
      veiled = parts;
      const late = parts.filter(({ classList }) => !classList.contains(isOpen ? "question-veiled" : "question-lifted"));
      late.forEach(({ classList }) => {
        classList.toggle("question-veiled", isOpen);
        classList.toggle("question-lifted", !isOpen);
      });
      if (late.length && !isOpen) window.dispatchEvent(new Event("resize")); // figures that measure themselves
    };
    // A cell that the reader puts in between changes nothing.
    const show = () => {
      const found = veiled.some((part) => part.isConnected) ? [] : veiledBy(root);
      set(found.length ? found : veiled);
    };
    follow(show, signal);
    // A link into the text leads there, and no guess is asked for on the way.
    const lead = () => {
      const isTarget = ({ id }) => `#${id}` === window.location.hash;
      const texts = veiled.filter(({ classList }) => classList.contains("veiled-text"));
      const target = texts.flatMap((text) => Array.from(text.querySelectorAll("[id]"))).find(isTarget);
      if (!target) return;
      isLedTo = true;
      show();
      target.scrollIntoView();
    };
    window.addEventListener("hashchange", lead, { signal });
    lead();
    const notebook = root.closest(".jp-Cell")?.parentElement;
    if (!notebook) return;
    // What veiled until this box came has done its part.
    root.closest(".jp-Cell").querySelectorAll("[class^=question-soon]").forEach((mark) => mark.remove());
    const watching = new MutationObserver(show);
    watching.observe(notebook, { childList: true });
    // A cell that is run anew shows its question anew: what it veils must not show in between.
    signal.addEventListener("abort", () => {
      watching.disconnect();
      const isAsked = `[data-question="${CSS.escape(root.dataset.question)}"]`;
      setTimeout(() => { if (!document.querySelector(isAsked)) set([]); }, 2000);
    });
  }

  // --- how they start ------------------------------------------------------------------------

  function begin(place, signal = new AbortController().signal) {
    place.querySelectorAll(".question").forEach((root) => start(root, signal));
    place.querySelectorAll(".quiz").forEach((root) => startQuiz(root, signal));
    place.querySelectorAll('.question[data-kind="prediction"]').forEach((root) => startVeil(root, signal));
    place.querySelectorAll(".answers-kept").forEach((root) => startKept(root, signal));
  }

  // All answers of the book, on the page that tells of them.
  function startKept(root, signal) {
    const told = root.appendChild(document.createElement("p")), clear = root.appendChild(document.createElement("button"));
    told.setAttribute("role", "status");
    Object.assign(clear, { type: "button", className: "question-button", textContent: "Clear them" });
    clear.addEventListener("click", () => names().forEach((name) => keep(name, null)), { signal });
    follow(() => {
      const count = names().length;
      told.textContent = `Your answers in this browser: ${count}`;
      clear.disabled = count === 0;
    }, signal);
  }

  // The module that anywidget asks for.
  const live = {
    render({ model, el }) {
      const ending = new AbortController();
      el.innerHTML = model.get("markup");
      // Arrows and letters are the question's, not commands of the notebook: JupyterLab asks what has the focus.
      el.querySelectorAll("a, button, input").forEach((one) => one.setAttribute("data-lm-suppress-shortcuts", "true"));
      const go = () => begin(el, ending.signal);
      // JupyterLab makes a view first and puts it into its cell then.
      const waiting = new MutationObserver(() => { if (el.isConnected) { waiting.disconnect(); go(); } });
      if (el.isConnected) go();
      else waiting.observe(document.body, { childList: true, subtree: true });
      return () => { waiting.disconnect(); ending.abort(); };
    },
  };

  return { begin, live, parse };
})();
