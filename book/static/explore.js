/* Starts the figures that lib/explore stored in the page, one state for each place of the controls. */
(function () {
  "use strict";

  async function unpack(base64) {
    var bytes = Uint8Array.from(atob(base64), function (c) { return c.charCodeAt(0); });
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function start(root) {
    var controls = JSON.parse(root.querySelector(".explore-controls").dataset.controls);
    var unpacking = unpack(root.querySelector(".explore-frames").textContent);
    var stored = null, asked = null;

    function show(places) {
      asked = places;
      if (stored === null) return; // what is asked for meanwhile is shown once it is there
      var state = places.reduce(function (sum, place, i) {
        return sum * controls[i].texts.length + place;
      }, 0);
      var chosen = stored.states[state];
      var markup = stored.figures[chosen[0]].replace(/"stored:(\d+)"/g, function (_, n) {
        return '"' + stored.images[n] + '"';
      });
      figure.show(markup, stored.alts[chosen[1]]);
    }

    var figure = Explore.mount(root, controls, show);
    stored = await unpacking;
    if (asked !== null) show(asked);
    root.dataset.ready = "true";
  }

  function fail(root, error) {
    var message = document.createElement("p");
    message.className = "explore-error";
    message.setAttribute("role", "alert");
    message.textContent = "The controls of this figure do not work in this browser (" + error + ").";
    root.querySelector(".explore-controls").replaceChildren(message);
    root.dataset.failed = "true";
  }

  function startAll() {
    document.querySelectorAll(".explore:not([data-started])").forEach(function (root) {
      root.dataset.started = "true";
      start(root).catch(function (error) { fail(root, error); });
    });
    document.querySelectorAll(".explore-figure").forEach(function (place) {
      if (!place.closest(".explore, .widget")) Explore.watchWidth(place); // a still figure
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", startAll);
  } else {
    startAll();
  }
})();
