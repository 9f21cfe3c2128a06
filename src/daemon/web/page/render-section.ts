import { html, type Markup, type Part } from "./markup.ts";

/** A live section of a page. Hidden while empty, so that a later update has a place. */
export function renderSection(id: string, title: string, content: Part): Markup {
  const name = `${id}-title`;
  const hidden = content === null ? html`hidden` : null;
  return html`<section id="${id}" data-live aria-labelledby="${name}" ${hidden}><h2 id="${name}">${title}</h2>${content}</section>`;
}
