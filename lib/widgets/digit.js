// Draw a digit: a pad, the picture that the network sees, and its answer; whole, also every layer's
// maps, the arithmetic behind a pixel, and what the answer rests on.
Widgets.define("digit", (() => {
  "use strict";

  const { SIZE, picture, moved, tidy, count } = Widgets.defined.drawing;
  const { read, forward, logits, softmax } = Widgets.defined.convnet;
  const { element, button, choices, slider, sayer, mosaic, format } = Widgets;
  const PEN = { low: 1, high: 5, step: 0.25 };
  const MOST_POINTS = 4000; // as in lib/widgets/drawing.py
  const APART = 0.2; // pixels between two points of a stroke, at least
  const SHARP = 18; // points of the pad's canvas along a side of one pixel

  // --- words -----------------------------------------------------------------------------------

  const percent = (share) => (share > 0.995 ? "> 99 %" : share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);

  // The two largest probabilities, in words.
  function answered(probabilities) {
    const order = probabilities.map((share, digit) => [share, digit]).sort((a, b) => b[0] - a[0]);
    const [[first, digit], [second, other]] = order;
    const name = (n) => `${n === 8 ? "an" : "a"} ${n}`;
    const rest = second >= 0.01 ? `; or ${name(other)}, ${percent(second)}` : "";
    return { digit, words: `The network answers: ${name(digit)}, ${percent(first)}${rest}.` };
  }

  // --- the pad ---------------------------------------------------------------------------------

  const KEYS = "Arrow keys move the drawing, + and − change the pen, 0 to 9 choose a sample, Delete clears.";

  // A canvas that is drawn on. drawn(strokes, finished) is called while a stroke grows and at its
  // end, or while all strokes are moved, where tool() is "move"; key(event) for what is typed.
  function pad({ tool, drawn, key }) {
    const canvas = element("canvas", {
      class: "digit-pad", width: SIZE * SHARP, height: SIZE * SHARP, tabindex: 0,
      role: "application", "aria-label": `Your drawing. ${KEYS}`, onkeydown: key,
    });
    const context = canvas.getContext("2d");
    let strokes = [], before = null, start = null;
    // At once, not with the next frame: several moves may come before it.
    const tell = (next, finished) => drawn((strokes = next), finished);

    function where(event) {
      const box = canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((share) => tidy(SIZE * share));
    }
    canvas.onpointerdown = (event) => {
      if (start !== null || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      [before, start] = [strokes, where(event)];
      if (tool() === "draw" && count(strokes) < MOST_POINTS) tell([...strokes, [start]], false);
    };
    canvas.onpointermove = (event) => {
      if (start === null) return;
      const passed = event.getCoalescedEvents?.() ?? [];
      if (tool() === "move") {
        const [x, y] = where(event);
        tell(within(moved(before, x - start[0], y - start[1])) ?? strokes, false);
      } else {
        const stroke = [...(strokes.at(-1) ?? [])];
        for (const point of (passed.length > 0 ? passed : [event]).map(where)) {
          const [x, y] = stroke.at(-1) ?? [Infinity, Infinity];
          if (Math.hypot(point[0] - x, point[1] - y) >= APART && count(strokes) < MOST_POINTS) stroke.push(point);
        }
        tell([...strokes.slice(0, -1), stroke], false);
      }
    };
    canvas.onpointerup = canvas.onpointercancel = () => {
      if (start === null) return;
      start = null;
      tell(strokes, true);
    };

    function show(next, pen) {
      strokes = next;
      context.setTransform(SHARP, 0, 0, SHARP, 0, 0);
      context.fillStyle = "#000";
      context.fillRect(0, 0, SIZE, SIZE);
      Object.assign(context, { lineWidth: 0.1, strokeStyle: "#777", lineCap: "round", lineJoin: "round" });
      context.strokeRect(4, 4, SIZE - 8, SIZE - 8); // as large as MNIST's digits are
      Object.assign(context, { lineWidth: pen, strokeStyle: "#fff" });
      context.beginPath();
      for (const stroke of strokes) {
        context.moveTo(...stroke[0]);
        for (const point of stroke) context.lineTo(...point);
      }
      context.stroke();
    }
    return { canvas, show };
  }

  // The strokes if a part of them is still on the pad, otherwise null.
  function within(strokes) {
    const inside = (number) => number >= 0 && number <= SIZE;
    return strokes.some((stroke) => stroke.some(([x, y]) => inside(x) && inside(y))) ? strokes : null;
  }

  // --- the answer ------------------------------------------------------------------------------

  function bars() {
    const rows = Array.from({ length: 10 }, (_, digit) => {
      const fill = element("span", { class: "digit-fill" }), share = element("span", { class: "digit-share" });
      const root = element("li", {}, element("span", {}, digit), element("span", { class: "digit-track" }, fill), share);
      return { root, fill, share };
    });
    const root = element("ol", { class: "digit-bars", role: "list", "aria-label": "probabilities" }, ...rows.map((row) => row.root));
    // Nothing for a null: where nothing is drawn, an answer would say nothing.
    function show(probabilities) {
      const best = probabilities === null ? -1 : probabilities.indexOf(Math.max(...probabilities));
      rows.forEach(({ root, fill, share }, digit) => {
        const number = probabilities?.[digit] ?? 0;
        fill.style.width = `${100 * number}%`;
        share.textContent = probabilities === null ? "" : percent(number);
        root.classList.toggle("digit-best", digit === best);
      });
    }
    return { root, show };
  }

  // --- the figure ------------------------------------------------------------------------------

  const networks = new Map(); // a page's figures read a network once
  function networkOf(name, shared) {
    if (!networks.has(name)) networks.set(name, read(shared(name)));
    return networks.get(name);
  }

  function mount(view, given, changed, shared) {
    let state = given, parts = build();

    function build() {
      const network = networkOf(state.network, shared), hands = shared("hands");
      const words = sayer(), answer = bars();
      const whole = state.whole ? Widgets.defined.maps.build(network, { open: (opened) => change({ opened }), aim: (target) => change({ target }) }) : null;
      let tool = "draw", last = null;

      const drawing = pad({ tool: () => tool, drawn: (strokes, finished) => (finished ? change({ strokes }) : update({ strokes })), key });
      const seen = mosaic({ count: 1, height: SIZE, width: SIZE, colors: "gray", role: "img", "aria-label": "the picture that the network sees, 28 by 28 pixels" });
      const tools = choices({ label: "mouse", value: tool, options: ["draw", "move"], changed: (next) => (tool = next) });
      const pen = slider({ label: "pen", value: state.pen, ...PEN, text: (n) => `${format(n)} px`, changed: (n) => change({ pen: n }) });
      const centered = choices({ label: "the drawing", value: "", options: { yes: "centered", no: "where it lies" }, changed: (yes) => change({ centered: yes === "yes" }) });
      const samples = hands.map(([hand], digit) => {
        const small = mosaic({ count: 1, height: SIZE, width: SIZE, colors: "gray", "aria-hidden": "true" });
        small.draw(picture(hand, 2.5, true).data, 1);
        return button(small.canvas, () => sample(digit), { class: "digit-sample", "aria-label": `sample ${digit}`, title: "press again for another hand" });
      });
      const title = (text) => element("div", { class: "widget-title" }, text);
      const root = element("div", {},
        element("div", { class: "digit-draw" },
          element("div", { class: "widget-panels" },
            element("div", { class: "widget-panel" }, title("draw a digit here"), drawing.canvas),
            element("div", { class: "widget-panel digit-seen" }, title("the network sees"), seen.canvas, centered.root),
            element("div", { class: "widget-panel digit-answer" }, title("and answers"), answer.root)),
          element("div", { class: "digit-samples", role: "group", "aria-label": "samples" }, ...samples),
          element("div", { class: "widget-controls" },
            button("Clear", () => change({ strokes: [] })), button("Undo", () => change({ strokes: state.strokes.slice(0, -1) })),
            tools.root, pen.root),
          words.root),
        ...(whole ? [whole.root] : []));
      view.replaceChildren(root);

      // Choosing the same digit again brings the next hand.
      function sample(digit) {
        const hand = last?.digit === digit && last.strokes === state.strokes ? (last.hand + 1) % hands[digit].length : 0;
        last = { digit, hand, strokes: hands[digit][hand] };
        change({ strokes: last.strokes });
      }
      function key(event) {
        const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        const wider = { "+": PEN.step, "=": PEN.step, "-": -PEN.step }[event.key];
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        if (step) change({ strokes: within(moved(state.strokes, ...step)) ?? state.strokes });
        else if (wider) change({ pen: Math.max(PEN.low, Math.min(PEN.high, state.pen + wider)) });
        else if (event.key === "Delete" || event.key === "Backspace") change({ strokes: [] });
        else if (/^[0-9]$/.test(event.key)) sample(Number(event.key));
        else return;
        event.preventDefault();
      }

      function draw() {
        drawing.show(state.strokes, state.pen);
        pen.set(state.pen);
        centered.set(state.centered ? "yes" : "no");
        const image = picture(state.strokes, state.pen, state.centered), passes = forward(network, image);
        seen.draw(image.data, 1);
        const empty = !image.data.some((value) => value > 0), probabilities = softmax(logits(passes));
        const { digit, words: said } = answered(probabilities);
        answer.show(empty ? null : probabilities);
        words.say(empty ? "Draw with the mouse or a finger, or choose a sample." : said);
        whole?.show(passes, { ...state, answer: digit });
      }
      return { draw, whole: state.whole, network: state.network };
    }

    let asked = null; // one picture a frame, however many points a mouse reports
    function update(change) {
      state = { ...state, ...change };
      asked ??= requestAnimationFrame(() => {
        asked = null;
        parts.draw();
      });
    }
    function change(change) {
      update(change);
      changed(state);
    }
    parts.draw();
    return (next) => {
      state = next;
      if (parts.whole !== state.whole || parts.network !== state.network) parts = build();
      update({});
    };
  }

  return { mount, percent, answered };
})());
