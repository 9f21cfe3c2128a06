import { html, type Markup, type Part } from "./markup.ts";

/** A part of a page that is kept up to date. Hidden where it is empty, so that there is a place for what comes later. */
export function renderSection(id: string, title: string, content: Part): Markup {
  const name = `${id}-title`;
  const hidden = content === null ? html`hidden` : null;
  return html`<section id="${id}" data-live aria-labelledby="${name}" ${hidden}><h2 id="${name}">${title}</h2>${content}</section>`;
}
