// A figure with controls, in a page and in JupyterLab: the controls, what a touch of the drawing
// sets, and what is said. The states themselves come from elsewhere.
const Explore = (() => {
  "use strict";

  const { element, stepper, choices, slider, play, ANNOUNCE_AFTER } = Controls;
  const A_CLICK = 6; // pixels that a finger may slip

  // --- one control of each kind ----------------------------------------------------------------

  // Each takes {label, texts, values, position, moved} and returns {root, set(position)}; moved is
  // called with a position, one of the values.
  const KINDS = {
    buttons: ({ label, texts, position, moved }) => {
      const made = choices({
        label, value: String(position), options: Object.fromEntries(texts.map((text, place) => [place, text])),
        changed: (place) => moved(Number(place)),
      });
      return { root: made.root, set: (place) => made.set(String(place)) };
    },
    stepper: ({ label, values, position, moved }) => {
      const made = stepper({
        label, value: values[position], low: values[0], high: values.at(-1), allowed: values,
        changed: (value) => moved(values.indexOf(value)),
      });
      return { root: made.root, set: (place) => made.set(values[place]) };
    },
    slider: ({ label, texts, position, moved }) => {
      const text = (place) => texts[place];
      return slider({ label, value: position, low: 0, high: texts.length - 1, step: 1, text, changed: moved });
    },
    play: ({ label, texts, position, moved, busy }) => {
      const last = texts.length - 1, text = (place) => texts[place];
      let again = false;
      function to(place) {
        position = place;
        track.set(place);
        moved(place);
      }
      const player = play({
        name: label,
        started: () => { again = position === last; busy(true); },
        stopped: () => busy(false),
        step: () => {
          to(again ? 0 : position + 1);
          again = false;
          return position < last;
        },
      });
      const track = slider({
        label, value: position, low: 0, high: last, step: 1, text,
        changed: (place) => { player.stop(); position = place; moved(place); },
      });
      track.root.classList.add("explore-play");
      track.root.append(player.root);
      return {
        root: track.root,
        set(place) {
          if (place !== position) player.stop();
          position = place;
          track.set(place);
        },
      };
    },
  };

  // --- the figure ------------------------------------------------------------------------------

  // Fill `root`, which holds .explore-controls, .explore-figure, .explore-hint and .explore-live.
  //
  // controls        a list of {kind, label, texts, values, position}
  // moved(places)   is called with the place of each control after each move of the reader's
  // Returns {set(places), show(markup, alt)}: set moves the controls from outside.
  function mount(root, controls, moved) {
    const part = (name) => root.querySelector(`.explore-${name}`);
    const place = part("figure"), hint = part("hint"), live = part("live");
    let places = controls.map((control) => control.position);
    let shown = null, said = live.textContent, playing = 0, timer = null;

    function go(next, from = null) {
      places = next;
      parts.forEach((made, i) => { if (i !== from) made.set(places[i]); });
      moved(places);
    }
    const parts = controls.map((control, i) => KINDS[control.kind]({
      ...control,
      moved: (at) => go(places.map((old, j) => (j === i ? at : old)), i),
      busy: (yes) => { playing += yes ? 1 : -1; announce(); },
    }));
    part("controls").replaceChildren(...parts.map((made) => made.root));

    // Once at rest, so that a drag, or a film, is announced once.
    function announce(text = said) {
      said = text;
      clearTimeout(timer);
      timer = setTimeout(() => { if (playing === 0) live.textContent = said; }, ANNOUNCE_AFTER);
    }

    function show(markup, alt) {
      if (markup !== shown) place.innerHTML = shown = markup;
      const picture = place.firstElementChild;
      if (picture?.tagName === "IMG") {
        picture.alt = alt;
      } else if (picture) {
        picture.setAttribute("role", "img");
        picture.setAttribute("aria-label", alt);
      }
      hint.hidden = !place.querySelector("[data-touch]");
      announce(alt);
    }

    touch(place, (target) => {
      const next = places.slice();
      for (const pair of target.dataset.touch.split(" ")) {
        const [control, at] = pair.split(":");
        next[control] = Number(at);
      }
      if (next.some((at, i) => at !== places[i])) go(next);
    });
    watchWidth(place);
    return {
      set(next) {
        places = next.slice();
        parts.forEach((made, i) => made.set(places[i]));
      },
      show,
    };
  }

  // --- touch -----------------------------------------------------------------------------------

  // Call found(target) for what is clicked, and for each target that a drag comes over. A finger
  // that begins beside the targets scrolls the page; over tiles along x it may scroll up and down.
  function touch(place, found) {
    let from = null;
    const targetAt = (event) => {
      const target = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-touch]");
      return place.contains(target) ? target : null;
    };
    function take(event) {
      const target = targetAt(event);
      if (target) found(target);
    }
    place.addEventListener("pointerdown", (event) => {
      const target = targetAt(event);
      if (event.button !== 0 || !event.isPrimary || !target) return;
      const sideways = "along" in target.dataset;
      from = { x: event.clientX, y: event.clientY, sideways, far: event.pointerType === "mouse" };
      place.setPointerCapture(event.pointerId); // the target goes with the old picture
      if (from.far) {
        event.preventDefault(); // no text is selected, no picture dragged along
        take(event);
      }
    });
    place.addEventListener("pointermove", (event) => {
      if (from === null || !event.isPrimary) return;
      const [right, down] = [event.clientX - from.x, event.clientY - from.y].map(Math.abs);
      if (!from.far && right + down <= A_CLICK) return;
      if (!from.far && from.sideways && down > right) from = null; // it scrolls
      else from.far = true;
      if (from) take(event);
    });
    place.addEventListener("pointerup", (event) => {
      if (from !== null && event.isPrimary) take(event);
      from = null;
    });
    place.addEventListener("pointercancel", () => (from = null));
    // The first move says whether it is a drag or scrolls the page. The listener is the target's own,
    // which goes on hearing of the touch when the next picture has taken its place.
    place.addEventListener("touchstart", ({ target, touches: [first, second] }) => {
      const begun = place.contains(target) && target.closest("[data-touch]");
      if (!begun || second) return;
      const sideways = "along" in begun.dataset;
      let drag = null;
      target.addEventListener("touchmove", (event) => {
        const { clientX, clientY } = event.touches[0];
        const across = Math.abs(clientX - first.clientX) >= Math.abs(clientY - first.clientY);
        drag ??= across || !sideways;
        if (event.cancelable && drag) event.preventDefault();
      }, { passive: false });
    }, { passive: true });
  }

  // --- width -----------------------------------------------------------------------------------

  // What scrolls must be reachable with Tab, and say so; what does not scroll need not be.
  function watchWidth(place) {
    const more = () => {
      const beyond = place.scrollWidth - place.clientWidth;
      if (beyond > 1) place.tabIndex = 0;
      else place.removeAttribute("tabindex");
      place.toggleAttribute("data-wide", beyond > 1);
      place.toggleAttribute("data-before", beyond > 1 && place.scrollLeft > 2);
      place.toggleAttribute("data-after", beyond > 1 && place.scrollLeft < beyond - 2);
    };
    const cue = element("p", { class: "explore-cue", "aria-hidden": "true" }, "The figure is wider: swipe it sideways.");
    place.after(cue);
    place.addEventListener("scroll", more, { passive: true });
    new ResizeObserver(more).observe(place);
  }

  // --- JupyterLab ------------------------------------------------------------------------------

  // The module that anywidget asks for.
  function live() {
    return {
      render({ model, el }) {
        const div = (name, attributes = {}) => element("div", { class: `explore-${name}`, ...attributes });
        const root = element(
          "div", { class: "explore", role: "group", "aria-label": model.get("label") },
          div("controls"), div("message"), div("figure"), div("hint", { hidden: true }),
          div("caption"), div("live", { role: "status", "aria-live": "polite" }),
        );
        // The keys are the controls', not the notebook's: JupyterLab asks what has the focus.
        root.addEventListener("focusin", ({ target }) => { target.dataset.lmSuppressShortcuts = "true"; });
        el.append(root);
        const part = (name) => root.querySelector(`.explore-${name}`);
        part("hint").textContent = model.get("hint");
        part("caption").innerHTML = model.get("caption");
        const controls = model.get("controls").map((control, i) => ({ ...control, position: model.get("places")[i] }));
        // What was drawn before shows at once, until the kernel has drawn it anew: the code may have changed.
        const drawn = new Map();
        let own = false, asked = model.get("places").join();
        const figure = mount(root, controls, (places) => {
          own = true;
          asked = places.join();
          if (drawn.has(asked)) show(drawn.get(asked));
          model.set("places", places.slice());
          model.save_changes();
          own = false;
        });
        function show({ markup, alt, stale }) {
          figure.show(markup, alt);
          part("figure").style.opacity = stale ? 0.35 : "";
        }
        function answer() {
          const frame = model.get("frame"), of = frame.places.join();
          part("message").innerHTML = model.get("message");
          if (!frame.stale) drawn.set(of, frame);
          if (of === asked || !drawn.has(asked)) show(frame); // no late answer hides what is asked for
        }
        model.on("change:places", () => {
          if (own) return;
          asked = model.get("places").join();
          figure.set(model.get("places"));
        });
        model.on("change:frame", answer);
        model.on("change:message", answer);
        answer();
        root.dataset.ready = "true";
      },
    };
  }

  return { mount, watchWidth, live };
})();
