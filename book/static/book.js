// The theme's buttons that unfold a part of the contents say nothing to a screen reader.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll(".bd-sidebar-primary summary").forEach(function (summary) {
    var page = summary.parentElement.parentElement.querySelector("a");
    summary.setAttribute("aria-label", "Pages below " + page.textContent.trim());
  });
});

// What is wider than the page scrolls in its own box. Say on which side there is more.
document.addEventListener("DOMContentLoaded", function () {
  function mark(box) {
    var hidden = box.scrollWidth - box.clientWidth;
    box.classList.toggle("more-left", hidden > 1 && box.scrollLeft > 1);
    box.classList.toggle("more-right", hidden > 1 && box.scrollLeft < hidden - 1);
  }
  var sizes = new ResizeObserver(function (changes) {
    changes.forEach(function (change) { mark(change.target); });
  });
  var boxes = ".bd-article pre, .bd-article div.math, .pst-scrollable-table-container";
  document.querySelectorAll(boxes).forEach(function (box) {
    box.addEventListener("scroll", function () { mark(box); }, { passive: true });
    sizes.observe(box);
  });
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
