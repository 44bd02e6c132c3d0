// The theme's buttons that unfold a part of the contents say nothing to a screen reader.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll(".bd-sidebar-primary summary").forEach(function (summary) {
    var page = summary.parentElement.parentElement.querySelector("a");
    summary.setAttribute("aria-label", "Pages below " + page.textContent.trim());
  });
});
