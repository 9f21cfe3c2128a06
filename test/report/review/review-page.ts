import type { Page } from "playwright-core";
import { keepPicture } from "../../set-up/keep-picture.ts";
import { renderMarkdown } from "../render-markdown.ts";

/** About what GitHub's pages look like, in both colours. */
const STYLE = `
:root { color-scheme: light dark; }
body { margin: 24px auto; max-width: 830px; padding: 16px 24px; font: 14px/1.5 system-ui, sans-serif;
  border: 1px solid light-dark(#d1d9e0, #3d444d); border-radius: 6px;
  color: light-dark(#1f2328, #f0f6fc); background: light-dark(#fff, #0d1117); overflow-wrap: break-word; }
h3 { font-size: 1.25em; } h4 { font-size: 1em; } h3, h4 { margin: 24px 0 16px; } h3:first-child { margin-top: 0; }
p, ul, ol, table, pre, details, blockquote { margin: 0 0 16px; } ul, ol { padding-left: 2em; } li > p { margin: 4px 0; }
code, pre { font: 12px/1.45 ui-monospace, monospace; }
code { padding: .2em .4em; border-radius: 6px; background: light-dark(#818b981f, #656c7633); }
pre { padding: 16px; overflow: auto; border-radius: 6px; background: light-dark(#f6f8fa, #151b23); } pre code { padding: 0; background: none; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid light-dark(#d1d9e0, #3d444d); text-align: left; }
blockquote { padding: 0 1em; border-left: .25em solid light-dark(#d1d9e0, #3d444d); color: light-dark(#59636e, #9198a1); }
a { color: light-dark(#0969da, #4493f8); }
.line { display: block; min-height: 1.45em; }
.add { color: light-dark(#116329, #aff5b4); background: light-dark(#dafbe1, #033a16); }
.remove { color: light-dark(#82071e, #ffdcd7); background: light-dark(#ffebe9, #67060c); }
.change { color: light-dark(#953800, #ffdfb6); background: light-dark(#ffd8b5, #5a1e02); }
.note { color: light-dark(#59636e, #9198a1); }
`;

/** What a comment has become in a browser. */
export interface FoundParts {
  /** Names of all elements, each once, sorted. */
  readonly elements: readonly string[];
  readonly links: readonly string[];
  /** Attributes other than those of links, code and lists, as `element name`. */
  readonly attributes: readonly string[];
  /** Of each fold: its elements that are summaries, and the folds within it. */
  readonly folds: readonly { readonly summaries: number; readonly inner: number }[];
  readonly fences: number;
  /** Of each table: the number of cells in each row. */
  readonly tables: readonly (readonly number[])[];
  /** The parent of the small print, which stands outside of everything. */
  readonly footer: string;
  readonly broken: boolean;
}

const FIND_PARTS = `(() => {
  const all = (selector, from = document.body) => [...from.querySelectorAll(selector)];
  const known = { A: ["href"], CODE: ["class"], OL: ["start"], LI: [], SPAN: ["class"] };
  return {
    elements: [...new Set(all("*").map((element) => element.localName))].sort(),
    links: all("a").map((link) => link.getAttribute("href")),
    attributes: all("*").flatMap((element) => element.getAttributeNames()
      .filter((name) => !(known[element.tagName] ?? []).includes(name)).map((name) => element.localName + " " + name)),
    folds: all("details").map((fold) => ({ summaries: all("summary", fold).length, inner: all("details", fold).length })),
    fences: all("pre").length,
    tables: all("table").map((table) => [...table.rows].map((row) => row.cells.length)),
    footer: all("sub").at(-1)?.parentElement?.parentElement?.localName ?? "",
    broken: "broken" in window,
  };
})()`;

/** Shows a comment as a forge would, and tells what it has become. */
export async function showComment(page: Page, comment: string): Promise<FoundParts> {
  const html = renderMarkdown(comment).replace(
    /(<code class="language-diff">)([\s\S]*?)(<\/code>)/g,
    (_all, open, lines, close) => `${open}${colourLines(lines)}${close}`,
  );
  await page.setContent(
    `<!doctype html><html lang="en"><title>A comment</title><style>${STYLE}</style><body>${html}</body></html>`,
  );
  return page.evaluate<FoundParts>(FIND_PARTS);
}

const COLOURS: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "remove",
  "!": "change",
  "#": "note",
  "@": "note",
};

function colourLines(lines: string): string {
  return lines
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => `<span class="line ${COLOURS[line.slice(0, 1)] ?? ""}">${line}</span>`)
    .join("");
}

/** Keeps a picture of the whole comment, its folds as they are or open. */
export async function keepComment(page: Page, name: string, { open = false } = {}): Promise<void> {
  if (open) await page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })");
  await keepPicture(page, `reviews/${name}`);
}
