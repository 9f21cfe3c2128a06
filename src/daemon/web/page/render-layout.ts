import { html, type Markup, type Part } from "./markup.ts";
import { ASSET_VERSION } from "./page-assets.ts";
import type { PageContext } from "./page-context.ts";
import { renderToken } from "./render-form.ts";

/** What a page has besides the common layout. */
export interface PageParts {
  readonly title: string;
  readonly main: Part;
  /** The target that the page is about: its events keep the page up to date. Null: all targets; left out: the page stays as it is. */
  readonly live?: string | null;
}

/** A whole page as text. */
export function renderLayout(context: PageContext, { title, main, live }: PageParts): string {
  const events = live === undefined ? null : live === null ? "/events" : `/events?target=${encodeURIComponent(live)}`;
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · poolkeeper</title>
<link rel="icon" href="/assets/icon.svg?${ASSET_VERSION}" type="image/svg+xml">
<link rel="stylesheet" href="/assets/page.css?${ASSET_VERSION}">
<script src="/assets/page.js?${ASSET_VERSION}" defer></script>
</head>
<body data-viewer="${context.viewer.caller?.name ?? ""}"${events === null ? null : html` data-events="${events}"`}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><div class="inner">
<a class="brand" href="/"><img src="/assets/icon.svg?${ASSET_VERSION}" alt="" width="24" height="24">poolkeeper</a>
${renderViewer(context)}
</div></header>
<main id="main" class="inner" tabindex="-1">${main}</main>
<footer class="inner faint"><p>poolkeeper ${context.version}${events === null ? null : html` · <span id="connection">Reload the page for updates</span>`}</p></footer>
<p id="announcement" class="unseen" role="status" aria-live="polite"></p>
</body>
</html>`;
  return `<!doctype html>\n${page}\n`;
}

function renderViewer({ viewer, can_sign_in }: PageContext): Part {
  if (viewer.caller === null) {
    return can_sign_in ? html`<nav aria-label="You"><a class="button quiet" href="/sign-in">Sign in</a></nav>` : null;
  }
  return html`<nav aria-label="You"><form method="post" action="/sign-out" class="line">${renderToken(viewer)}
<a class="who" href="/sign-in">${viewer.caller.name} <span class="faint">may ${viewer.caller.role}</span></a><button class="quiet">Sign out</button></form></nav>`;
}

/** A live section of a page. Hidden while empty, so that a later update has a place. */
export function renderSection(id: string, title: string, content: Part): Markup {
  const name = `${id}-title`;
  const hidden = content === null ? html`hidden` : null;
  return html`<section id="${id}" data-live aria-labelledby="${name}" ${hidden}><h2 id="${name}">${title}</h2>${content}</section>`;
}
