// A notebook that is taken along gets the library by itself, from the archive beside these pages.
document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("a.download-notebook").forEach(function (link) {
    link.addEventListener("click", function () {
      var bytes = Uint8Array.from(atob(link.href.split(",")[1]), function (c) { return c.charCodeAt(0); });
      var notebook = JSON.parse(new TextDecoder().decode(bytes));
      var address = new URL(link.dataset.archive, location.href).href;
      notebook.cells.forEach(function (cell) {
        if (cell.id !== "setup") return;
        cell.source = cell.source.map(function (line) {
          return line.startsWith('ARCHIVE = ""') ? line.replace('""', JSON.stringify(address)) : line;
        });
      });
      var text = JSON.stringify(notebook, null, 1) + "\n";
      link.href = URL.createObjectURL(new Blob([text], { type: "application/x-ipynb+json" }));
    }, { once: true });
  });
});
