import { html, type Markup, type Part } from "./markup.ts";

/** A link to a request's page on its forge, with the forge's host as its text. Only http and https addresses become links: the address is foreign input. */
export function renderForgeLink(number: number, address: string): Part {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return html`<span class="faint">no web page</span>`;
  url.username = "";
  url.password = "";
  return html`<a href="${url.href}" rel="noreferrer">${url.host}<span class="unseen">: request ${number}</span></a>`;
}

/** The URL path of a request's page. */
export function pathOfRequest(target: string, number: number): string {
  return `/targets/${encodeURIComponent(target)}/requests/${number}`;
}

/** A link to the page of a request. */
export function renderRequestLink(target: string, number: number): Markup {
  return html`<a href="${pathOfRequest(target, number)}">#${number}</a>`;
}
