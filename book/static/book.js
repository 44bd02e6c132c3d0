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

// The reference: of each entry the first paragraph shows and the rest unfolds, so that a page can be
// looked over. Who follows a link into an entry, or prints the page, finds it open.
document.addEventListener("DOMContentLoaded", function () {
  var boxes = [];
  document.querySelectorAll(".bd-article dl.py > dd").forEach(function (body) {
    var first = body.children[0] && body.children[0].textContent.startsWith("Bases:") ? 2 : 1;
    var rest = Array.from(body.children).slice(first);
    if (!rest.length || body.parentElement.closest("dd")) return; // a method goes with its class
    var names = Array.from(body.querySelectorAll(":scope > p.rubric, :scope > dl.field-list > dt"));
    names = names.map(function (name) { return name.textContent.replace(":", "").trim().toLowerCase(); });
    if (body.querySelector(":scope > dl.py")) names.push("methods");
    var box = document.createElement("details");
    var summary = document.createElement("summary");
    box.className = "entry-rest";
    summary.textContent = "More" + (names.length ? ": " + names.join(", ") : "");
    box.append(summary);
    box.append.apply(box, rest);
    body.append(box);
    boxes.push(box);
  });
  function unfold(open) {
    boxes.forEach(function (box) { box.open = open; });
  }
  if (boxes.length > 3) {
    var all = document.createElement("button");
    all.className = "unfold-all";
    all.textContent = "Unfold all entries";
    all.addEventListener("click", function () {
      var open = boxes.some(function (box) { return !box.open; });
      unfold(open);
      all.textContent = open ? "Fold all entries" : "Unfold all entries";
    });
    document.querySelector(".bd-article h1").after(all);
  }
  function reveal() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    var entry = target.matches("dl.py > dt") ? target.nextElementSibling : target;
    var box = entry.closest("details.entry-rest") || entry.querySelector(":scope > details.entry-rest");
    if (!box || box.open) return;
    box.open = true;
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", function () { unfold(true); });
  reveal();
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
