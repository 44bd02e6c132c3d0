// Gives the sliders of ipywidgets what they lack: a name, their value in words, and a size that
// fingers hit. `element` is the output that this script stands in, `texts` the words of each slider.
(function (element, texts) {
  "use strict";

  function repair(slider, words) {
    const handle = slider.querySelector(".noUi-handle");
    const say = () => {
      const text = words[Math.round(Number(handle.getAttribute("aria-valuenow")))];
      if (handle.getAttribute("aria-valuetext") !== text) {
        handle.setAttribute("aria-valuetext", text);
      }
    };
    handle.setAttribute("aria-label", slider.querySelector(".widget-label").textContent);
    slider.querySelector(".widget-readout").removeAttribute("contenteditable"); // Tab skips it
    new MutationObserver(say).observe(handle, { attributeFilter: ["aria-valuetext"] });
    say();
  }

  // The sliders come into the page one by one, after this script or before it.
  function whenReady(tries) {
    const box = element.closest(".explore-box");
    const sliders = box ? box.querySelectorAll(".widget-slider") : [];
    const ready = Array.from(sliders).filter((slider) => slider.querySelector(".noUi-handle"));
    if (ready.length === texts.length) {
      box.style.setProperty("--jp-widgets-slider-handle-size", "24px");
      ready.forEach((slider, i) => repair(slider, texts[i]));
    } else if (tries > 0) {
      setTimeout(whenReady, 100, tries - 1);
    }
  }

  whenReady(100);
})
