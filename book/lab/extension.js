// A prebuilt JupyterLab extension, written by hand: `get` and `init` at the end are what the builder
// would have written. KNOWN and STYLE stand before this file; see book_in_lab.py.
//
// jupyterlab-myst parses each text cell into a tree, which React draws. It knows neither the book's
// bibliography nor its glossary, which lie in other files. So each tree passes through `resolve`
// before it is drawn; no element that React made is touched.

const GLOSSARY = "book/glossary.md";
const BIBLIOGRAPHY = "book/bibliography.md";

// --- what the book knows ------------------------------------------------------------------------

/** The id that jupyterlab-myst gives to what has this name. */
const idOf = name =>
  name.toLowerCase().replace(/[^a-z0-9-_]+/g, "-").replace(/^-+|-+$/g, "");
const termId = name => `term-${idOf(name)}`;
const workId = key => `work-${idOf(key)}`;

const entryOf = new Map(); // in lower case, as readers of Sphinx expect: {term}`relu` finds ReLU
for (const entry of KNOWN.terms) {
  for (const name of entry.names) entryOf.set(name.toLowerCase(), entry);
}

/** MyST sets quotation marks, and an apostrophe is one. */
const entryNamed = name => entryOf.get(name.toLowerCase().replaceAll("’", "'"));

/** What shows at a link, by the last part of the link's address. */
const cardOf = new Map();
for (const entry of KNOWN.terms) {
  const [first, ...others] = entry.names;
  const also = others.length ? ` (also: ${others.join(", ")})` : "";
  for (const name of entry.names) {
    cardOf.set(termId(name), { markdown: `**${first}**${also}. ${entry.text}` });
  }
}
for (const [key, work] of Object.entries(KNOWN.works)) {
  cardOf.set(workId(key), { nodes: work.entry, text: work.text });
}

// --- trees --------------------------------------------------------------------------------------

const text = value => ({ type: "text", value });
const span = (name, children) => ({ type: "span", class: name, children });
const paragraph = (...children) => ({ type: "paragraph", children });
const list = items => ({
  type: "list",
  ordered: false,
  spread: false,
  children: items.map(item => ({ type: "listItem", children: [item] })),
});
// A link to a file of the project opens it here; in a new tab, its address does.
let opens = "";
const link = (path, children) => ({ type: "link", url: opens + path, children });
const pageLink = path => link(path, [text(KNOWN.titles[path] ?? path)]);

/** A citation as on the page: [Azulay and Weiss, 2019, Zhang, 2019]. */
function citation(cites) {
  const children = [];
  for (const cite of cites) {
    const work = KNOWN.works[cite.label];
    if (!work) return null; // its warning is right
    const [before, after] = work.name.split("et al.");
    const name =
      after === undefined
        ? [text(before)]
        : [text(before), { type: "emphasis", children: [text("et al.")] }, text(after)];
    children.push(text(children.length ? ", " : "["));
    children.push(span("book-cite", [link(`${BIBLIOGRAPHY}#${workId(cite.label)}`, name)]));
  }
  return span("", [...children, text("]")]);
}

/** A term leads to the glossary, another reference that leads nowhere to what has this id. */
function reference(node) {
  if (!node.identifier?.startsWith("term-")) {
    const shown = node.children?.length ? node.children : [text(node.label)];
    return { type: "link", url: `#${node.label}`, children: shown };
  }
  // MyST's parser takes `text <term>` apart unless it runs over two lines.
  const label = node.label.replace(/\s+/g, " ");
  const [, shown, target] = label.match(/^(.*?) ?<(.*)>$/) ?? [null, null, label];
  if (!entryNamed(target)) return null;
  const children = shown ? [text(shown)] : node.children;
  return span("book-term", [link(`${GLOSSARY}#${termId(target)}`, children)]);
}

/** Sphinx' glossaries indent a definition below its names; MyST's parser reads one paragraph. */
function glossary(node) {
  const children = [];
  for (const part of node.children) {
    const [first, ...rest] = part.children ?? [];
    const lines = first?.type === "text" ? first.value.split("\n") : [];
    const entry = lines.length && entryNamed(lines[0]);
    if (part.type === "paragraph" && entry) {
      for (const name of entry.names) {
        children.push({ type: "definitionTerm", html_id: termId(name), children: [text(name)] });
      }
      const body = text(lines.slice(entry.names.length).join("\n"));
      children.push({ type: "definitionDescription", children: [paragraph(body, ...rest)] });
    } else {
      children.at(-1)?.children.push(part); // a definition's next paragraph
    }
  }
  return { type: "definitionList", children };
}

/** What only Sphinx can list stands in files that JupyterLab can open. */
const LISTS = {
  bibliography: () => ({
    type: "definitionList",
    children: Object.entries(KNOWN.works).flatMap(([key, work]) => [
      { type: "definitionTerm", html_id: workId(key), children: [text(work.name)] },
      { type: "definitionDescription", children: [paragraph(...work.entry)] },
    ]),
  }),
  reference: node => ({
    type: "div",
    children: [
      paragraph(
        text("The built book lists everything here, from these files. In a notebook, "),
        { type: "inlineCode", value: "help(name)" },
        text(" shows the same text."),
      ),
      list(
        node.args
          .split(/\s+/)
          .flatMap(name => KNOWN.lists.reference[name] ?? [])
          .map(path => paragraph(link(path, [{ type: "inlineCode", value: path }]))),
      ),
    ],
  }),
  toc: () => list(KNOWN.lists.tableofcontents.map(path => paragraph(pageLink(path)))),
  "card-footer": node => paragraph(text(node.value)),
  "figure-list": () => ({
    type: "div",
    children: [
      paragraph(text("The built book lists every figure here. They stand in the chapters:")),
      list(KNOWN.lists["figure-list"].map(path => paragraph(pageLink(path)))),
    ],
  }),
};

/** The path of the page that an address means; an address may lack the ending, as Sphinx has it. */
function pathOf(url) {
  const end = `/${url.replace(/^(\.\.?\/)+/, "")}`;
  return Object.keys(KNOWN.titles).find(path =>
    [path, path.replace(/\.\w+$/, "")].some(name => `/${name}`.endsWith(end)),
  );
}
const addressOf = url => (pathOf(url) ? opens + pathOf(url) : url);

/** `[](results.md)` shows the title of the page. */
function titled(node) {
  const shown = node.children.map(child => child.value).join("");
  if (shown !== node.url && shown !== "") return null;
  const path = pathOf(node.url);
  return path ? { ...node, children: [text(KNOWN.titles[path])] } : null;
}

function resolved(node) {
  if (node.type === "cite" && node.error) return citation([node]);
  if (node.type === "citeGroup") return citation(node.children);
  if (node.type === "crossReference" && !node.html_id) return reference(node);
  if (node.type === "glossary") return glossary(node);
  if (node.type === "card" && node.url) return { ...node, url: addressOf(node.url) };
  // Some directives are Sphinx' alone, and some have another meaning there.
  if (node.type === "mystDirective") return LISTS[node.name]?.(node) ?? null;
  if (["bibliography", "toc"].includes(node.type)) return LISTS[node.type]();
  if (node.type === "link" && node.children) return titled(node);
  return null;
}

/** Replace in a tree what jupyterlab-myst could not resolve; again does nothing more. */
function resolve(tree) {
  tree.children?.forEach((child, place) => {
    tree.children[place] = resolved(child) ?? child;
    resolve(tree.children[place]);
  });
}

/** Let every tree pass through `resolve`; false where another renderer draws Markdown. */
async function patch(rendermime) {
  const renderer = rendermime.createRenderer("text/markdown");
  await renderer.renderModel(rendermime.createModel({ data: { "text/markdown": "." } }));
  const model = renderer.model && Object.getPrototypeOf(renderer.model);
  const mdast = model && Object.getOwnPropertyDescriptor(model, "mdast");
  if (!mdast?.set) return false;
  Object.defineProperty(model, "mdast", {
    ...mdast,
    set(tree) {
      if (tree) resolve(tree);
      mdast.set.call(this, tree);
    },
  });
  // JupyterLab names the part of a page to scroll to; jupyterlab-myst does not look at it.
  const drawing = Object.getPrototypeOf(renderer);
  const renderModel = drawing.renderModel;
  drawing.renderModel = async function (data) {
    await renderModel.call(this, data);
    const id = String(data.metadata.fragment ?? "").replace(/^#/, "");
    if (id) scrollWhenDrawn(this.node, decodeURIComponent(id));
  };
  renderer.dispose();
  return true;
}

function scrollWhenDrawn(node, id, tries = 60) {
  const found = node.querySelector(`[id="${CSS.escape(id)}"]`);
  if (found) found.scrollIntoView({ block: "start" });
  else if (tries) requestAnimationFrame(() => scrollWhenDrawn(node, id, tries - 1));
}

// --- what shows at a link -----------------------------------------------------------------------

const linkAt = target => target?.closest?.(".book-term a, .book-cite a");
const cardAt = anchor => cardOf.get(anchor.hash.slice(1));

function drawn(node) {
  if (node.type === "text") return document.createTextNode(node.value);
  const element = document.createElement(node.type === "link" ? "a" : "em");
  if (node.type === "link") {
    Object.assign(element, { href: node.url, target: "_blank", rel: "noreferrer" });
  }
  element.append(...node.children.map(drawn));
  return element;
}

/** Show definitions and references on hover and on focus, for as long as one is there. */
function addTooltip(rendermime) {
  const box = document.createElement("div");
  Object.assign(box, { className: "book-tooltip", id: "book-tooltip", hidden: true });
  box.setAttribute("role", "tooltip");
  document.body.append(box);
  let shownAt = null;
  let leaving = 0;
  let dismissed = ""; // with Escape; the pointer may rest where it was, and cells are drawn anew

  function place() {
    const at = shownAt.getClientRects()[0] ?? shownAt.getBoundingClientRect();
    const size = box.getBoundingClientRect();
    const below = at.bottom + 4 + size.height <= innerHeight;
    box.style.top = `${Math.max(4, below ? at.bottom + 4 : at.top - 4 - size.height)}px`;
    box.style.left = `${Math.max(8, Math.min(at.left, innerWidth - size.width - 8))}px`;
  }

  function hide() {
    clearTimeout(leaving);
    shownAt?.removeAttribute("aria-describedby");
    shownAt = null;
    box.hidden = true;
  }

  async function show(anchor) {
    clearTimeout(leaving);
    const card = cardAt(anchor);
    if (anchor === shownAt || !card) return;
    hide();
    shownAt = anchor;
    anchor.setAttribute("aria-describedby", box.id);
    if (card.nodes) {
      box.replaceChildren(...card.nodes.map(drawn));
    } else {
      box.textContent = card.markdown.replace(/\{\w+\}`([^`<]*)[^`]*`|[*`$]/g, "$1");
      const renderer = rendermime.createRenderer("text/markdown");
      await renderer.renderModel(
        rendermime.createModel({ data: { "text/markdown": card.markdown } }),
      );
      if (shownAt !== anchor) return;
      box.replaceChildren(renderer.node);
    }
    box.hidden = false;
    place();
    requestAnimationFrame(() => shownAt && place()); // formulas take their room late
  }

  const leave = () => {
    clearTimeout(leaving);
    leaving = setTimeout(hide, 200); // long enough for the pointer to reach the box
  };
  document.addEventListener("mouseover", event => {
    const anchor = linkAt(event.target);
    if (anchor?.href !== dismissed) dismissed = "";
    if (anchor && !box.contains(anchor)) dismissed || show(anchor);
    else if (box.contains(event.target)) clearTimeout(leaving);
    else if (shownAt && document.activeElement !== shownAt) leave();
  });
  document.addEventListener("focusin", event => {
    const anchor = linkAt(event.target);
    if (anchor && !box.contains(anchor)) show(anchor);
  });
  document.addEventListener("focusout", event => {
    if (event.target === shownAt) leave();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "Escape" || !shownAt) return;
    dismissed = shownAt.href;
    hide();
  });
  document.addEventListener("click", event => linkAt(event.target) && hide());
  document.addEventListener("scroll", () => shownAt && hide(), true);
}

// --- where a link leads -------------------------------------------------------------------------

/** Open a file of the project in this window. */
function openHere(app, event, anchor) {
  event.preventDefault();
  const path = decodeURIComponent(anchor.pathname.slice(opens.length));
  app.commands.execute("rendermime:handle-local-link", { path, id: anchor.hash });
}

/** Scroll to what has this name: a figure, or the cell that will show it. */
function scrollToName(app, event, name) {
  const { content } = app.shell.currentWidget ?? {};
  const cells = Array.from(content?.model?.cells ?? []);
  const place = cells.findIndex(
    cell => cell.type === "code" && cell.sharedModel.getSource().includes(`name="${name}"`),
  );
  if (place < 0 || document.getElementById(name)) return;
  event.preventDefault();
  content.activeCellIndex = place;
  content.scrollToItem(place, "start");
}

function followLinks(app) {
  document.addEventListener("click", event => {
    const anchor = event.target.closest?.(".myst a");
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey;
    const href = anchor?.getAttribute("href") ?? "";
    if (!anchor || elsewhere) return;
    if (href.startsWith(opens)) openHere(app, event, anchor);
    else if (/^#./.test(href)) scrollToName(app, event, decodeURIComponent(href.slice(1)));
  });
}

// --- the extension ------------------------------------------------------------------------------

const plugin = registry => ({
  id: "convnets-from-scratch:book",
  description: "Citations and terms of the book lead to its bibliography and its glossary.",
  autoStart: true,
  requires: [registry],
  activate: async (app, rendermime) => {
    const myst = "jupyterlab-myst:mime-renderer";
    if (!app.hasPlugin(myst)) return;
    await app.activatePlugin(myst);
    opens = new URL("lab/tree/", app.serviceManager.serverSettings.baseUrl).pathname;
    if (!(await patch(rendermime))) {
      console.warn("The book's links need jupyterlab-myst, and found another renderer");
      return;
    }
    const style = document.createElement("style");
    style.textContent = STYLE;
    document.head.append(style);
    addTooltip(rendermime);
    followLinks(app);
  },
});

let shared;
window._JUPYTERLAB = window._JUPYTERLAB ?? {};
window._JUPYTERLAB["convnets-from-scratch"] = {
  init: scope => {
    shared = scope;
  },
  get: async () => {
    const [version] = Object.values(shared["@jupyterlab/rendermime"]);
    const { IRenderMimeRegistry } = (await version.get())();
    return () => ({ __esModule: true, default: plugin(IRenderMimeRegistry) });
  },
};
