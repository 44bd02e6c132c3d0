// The search: sections, terms, entries of the reference and works, as the reader types. What can be
// found is a script that book/ext/book_search.py writes; it is loaded when it is first asked for.
(function () {
  "use strict";

  const SHOWN = { page: 30, dialog: 8 };
  const AROUND = 90; // letters before and behind the word in an excerpt
  const KINDS = { term: 2, page: 1.6, section: 1.3, entry: 1, work: 0.5 };
  const ROOT = document.documentElement.dataset.content_root || "./";
  let loading = null;

  function loadScript(address) {
    return new Promise(function (done, failed) {
      const script = document.createElement("script");
      script.src = ROOT + address;
      script.onload = done;
      script.onerror = () => failed(new Error(address + " cannot be loaded"));
      document.head.append(script);
    });
  }

  // One form for "strides" and "stride", "Filters" and "filter".
  function formOf(word) {
    const low = word.toLowerCase();
    return low.length > 3 && low.endsWith("s") && !low.endsWith("ss") ? low.slice(0, -1) : low;
  }

  function prepare() {
    const index = new MiniSearch({
      fields: ["heading", "above", "page", "prose", "code"],
      tokenize: (text) => text.split(/[^\p{L}\p{N}]+/u).filter(Boolean),
      processTerm: formOf,
    });
    index.addAll(
      BOOK_SECTIONS.map(function ([kind, link, page, headings, prose, code], id) {
        const parts = headings ? headings.split(" › ") : [];
        const heading = parts.pop() || (kind === "page" ? page : "");
        return { id, heading, above: parts.join(" "), page, prose, code };
      })
    );
    return index;
  }

  function load() {
    loading = loading || Promise.all([
      loadScript("_static/minisearch/minisearch.js"),
      loadScript("_static/search-sections.js"),
    ]).then(prepare);
    return loading;
  }

  function find(index, query) {
    return index.search(query, {
      boost: { heading: 8, above: 1, page: 1.5, prose: 1, code: 0.3 },
      boostDocument: function (id) {
        const [kind, link] = BOOK_SECTIONS[id];
        return KINDS[kind] * (link.includes("reference/figures") ? 0.4 : 1);
      },
      combineWith: "AND",
      prefix: (word) => word.length > 2,
    });
  }

  // How many letters have to be changed, put in or taken out, to make one word the other.
  function distance(one, other) {
    let row = Array.from({ length: other.length + 1 }, (_, i) => i);
    for (let i = 1; i <= one.length; i++) {
      const next = [i];
      for (let j = 1; j <= other.length; j++) {
        const changed = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
        next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
      }
      row = next;
    }
    return row[other.length];
  }

  // The query with each word that stands nowhere replaced by the nearest one, the more common first.
  function similar(index, query) {
    const near = query.trim().split(/\s+/).map(function (word) {
      if (index.search(word).length) return word;
      const uses = new Map();
      for (const found of index.search(word, { fuzzy: 0.34, prefix: false })) {
        for (const term of found.terms) uses.set(term, (uses.get(term) || 0) + 1);
      }
      const form = formOf(word);
      const order = ([one, n], [other, m]) => distance(form, one) - distance(form, other) || m - n;
      return Array.from(uses).sort(order).map(([term]) => term)[0];
    });
    return near.includes(undefined) ? null : near.join(" ");
  }

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  }

  // The text around the first of the words, cut between words, with all of them marked.
  function excerpt(text, words) {
    const marked = new RegExp(`(?<![\\p{L}\\p{N}])(?:${words.join("|")})[\\p{L}\\p{N}]*`, "giu");
    const first = Math.max(text.search(marked), 0);
    let from = Math.max(first - AROUND, 0);
    if (from > 0) from = text.indexOf(" ", from) + 1 || from;
    let to = Math.min(from + 2 * AROUND, text.length);
    if (to < text.length) to = Math.max(text.lastIndexOf(" ", to), from + AROUND);
    const cut = text.slice(from, to);
    const parts = from > 0 ? ["… "] : [];
    let end = 0;
    for (const match of cut.matchAll(marked)) {
      parts.push(cut.slice(end, match.index), element("mark", "", match[0]));
      end = match.index + match[0].length;
    }
    return [...parts, cut.slice(end), to < text.length ? " …" : ""];
  }

  function item(found) {
    const [kind, link, page, headings, prose, code] = BOOK_SECTIONS[found.id];
    const fields = new Set(Object.values(found.match).flat());
    const name = headings || page;
    const a = element("a", "", kind === "entry" ? element("code", "", name) : name);
    a.href = ROOT + link;
    const where = headings ? element("span", "search-where", page) : "";
    const inCode = fields.has("code") && !fields.has("prose");
    const text = excerpt(inCode ? code.replace(/\s+/g, " ") : prose, found.terms);
    const shown = inCode ? element("code", "", ...text) : element("span", "", ...text);
    return element("li", "search-" + kind, a, " ", where, element("p", "", shown));
  }

  function linkTo(query) {
    const a = element("a", "", query);
    a.href = ROOT + "search.html?q=" + encodeURIComponent(query);
    return a;
  }

  function show(index, query, place) {
    const found = query.trim() ? find(index, query) : [];
    place.list.replaceChildren(...found.slice(0, place.most).map(item));
    const said = [];
    if (found.length > place.most) {
      said.push(`The first ${place.most} of ${found.length} places`);
      if (place.most === SHOWN.dialog) said.push("; press Enter for more");
      said.push(".");
    } else if (found.length) {
      said.push(found.length === 1 ? "One place." : `${found.length} places.`);
    } else if (query.trim()) {
      said.push(`Nothing in the book matches “${query.trim()}”.`);
      const meant = similar(index, query);
      if (meant && meant !== query.trim()) said.push(" Did you mean ", linkTo(meant), "?");
    }
    place.said.replaceChildren(...said);
  }

  function watch(form) {
    const input = form.querySelector("input");
    const dialog = form.closest("dialog");
    const box = form.parentElement;
    const place = {
      list: box.querySelector(".search-found"),
      said: box.querySelector(".search-said"),
      most: dialog ? SHOWN.dialog : SHOWN.page,
    };
    let waiting = null;
    const update = () =>
      load().then(
        (index) => show(index, input.value, place),
        (error) => place.said.replaceChildren(`The search does not work: ${error.message}.`)
      );
    input.addEventListener("focus", load);
    input.addEventListener("input", function () {
      clearTimeout(waiting);
      waiting = setTimeout(update, 120);
    });
    // Up and down lead through the field and what was found.
    box.addEventListener("keydown", function (event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const stops = [input, ...place.list.querySelectorAll("a")];
      const next = stops[stops.indexOf(document.activeElement) + step];
      if (next) {
        event.preventDefault();
        next.focus();
      }
    });
    if (dialog) {
      // A place on the page that shows already: the dialog would stay before it.
      place.list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
      return;
    }
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      history.replaceState(null, "", "?q=" + encodeURIComponent(input.value));
      update();
    });
    input.value = new URLSearchParams(location.search).get("q") || "";
    input.focus();
    input.select();
    update();
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form.bd-search").forEach(watch);
  });
})();
