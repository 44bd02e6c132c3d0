// A browser lets no page that is read from disk fetch another one. Search would show each page it
// finds with a summary fetched from that page; from disk it lists titles alone.
if (location.protocol === "file:") {
  DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
}

// The theme's buttons that unfold a part of the contents say nothing to a screen reader.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll(".bd-sidebar-primary summary").forEach(function (summary) {
    var page = summary.parentElement.parentElement.querySelector("a");
    summary.setAttribute("aria-label", "Pages below " + page.textContent.trim());
  });
});

// Search fetches a summary from the place it found, and forgets that the name of a place may have
// dots, as those of modules have.
document.addEventListener("DOMContentLoaded", function () {
  if (typeof Search === "undefined") return;
  var textOf = Search.htmlToText;
  Search.htmlToText = function (page, anchor) {
    return textOf(page, anchor && "#" + CSS.escape(anchor.slice(1)));
  };
});

// Paper is white: a page read in the dark theme prints in the light one.
(function () {
  var root = document.documentElement;
  var before = null;
  matchMedia("print").addEventListener("change", function (event) {
    if (event.matches) {
      before = root.dataset.theme;
      root.dataset.theme = "light";
    } else if (before) {
      root.dataset.theme = before;
    }
  });
})();
