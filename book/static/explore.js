/* Moves the figures that lib/explore stored in the page, one state for each place of the sliders. */
(function () {
  "use strict";

  var ANNOUNCE_AFTER = 500; // milliseconds of rest, so that a drag is announced once

  async function unpack(base64) {
    var bytes = Uint8Array.from(atob(base64), function (c) { return c.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function start(root) {
    var inputs = Array.from(root.querySelectorAll("input[type=range]"));
    var outputs = Array.from(root.querySelectorAll("output"));
    var place = root.querySelector(".explore-figure");
    var live = root.querySelector(".explore-live");
    var stored = await unpack(root.querySelector(".explore-frames").textContent);
    var shown = null;
    var timer = null;

    function state() {
      return inputs.reduce(function (sum, input, i) {
        return sum * stored.texts[i].length + Number(input.value);
      }, 0);
    }

    function show() {
      inputs.forEach(function (input, i) {
        var text = stored.texts[i][Number(input.value)];
        outputs[i].value = text;
        input.setAttribute("aria-valuetext", text);
      });
      var chosen = stored.states[state()];
      var alt = stored.alts[chosen[1]];
      if (shown !== chosen[0]) {
        place.innerHTML = stored.figures[chosen[0]].replace(/"stored:(\d+)"/g, function (_, n) {
          return '"' + stored.images[n] + '"';
        });
        shown = chosen[0];
      }
      var picture = place.firstElementChild;
      if (picture.tagName === "IMG") {
        picture.alt = alt;
      } else {
        picture.setAttribute("role", "img");
        picture.setAttribute("aria-label", alt);
      }
      clearTimeout(timer);
      timer = setTimeout(function () { live.textContent = alt; }, ANNOUNCE_AFTER);
    }

    inputs.forEach(function (input) {
      input.addEventListener("input", show);
      input.disabled = false;
    });
    root.dataset.ready = "true";
  }

  // What scrolls must be reachable with Tab, and what does not scroll need not be.
  function reachIfWide(place) {
    if (place.scrollWidth > place.clientWidth) {
      place.tabIndex = 0;
    } else {
      place.removeAttribute("tabindex");
    }
  }

  function fail(root, error) {
    var message = document.createElement("p");
    message.className = "explore-error";
    message.setAttribute("role", "alert");
    message.textContent = "The sliders of this figure do not work in this browser (" + error + ").";
    root.querySelector(".explore-controls").after(message);
    root.dataset.failed = "true";
  }

  function startAll() {
    document.querySelectorAll(".explore:not([data-started])").forEach(function (root) {
      root.dataset.started = "true";
      start(root).catch(function (error) { fail(root, error); });
    });
    var watcher = new ResizeObserver(function (entries) {
      entries.forEach(function (entry) { reachIfWide(entry.target); });
    });
    document.querySelectorAll(".explore-figure").forEach(function (place) {
      watcher.observe(place);
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", startAll);
  } else {
    startAll();
  }
})();
