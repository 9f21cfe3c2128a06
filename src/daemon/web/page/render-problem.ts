import type { WebError } from "../web-error.ts";
import { html } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderLayout } from "./render-layout.ts";

const TITLES: Readonly<Partial<Record<WebError["code"], string>>> = {
  unauthorized: "Sign in first",
  not_allowed: "Not allowed",
  not_found: "Not found",
  conflict: "That can't be done now",
  stale: "That plan is out of date",
  not_looked_at: "That can't be done yet",
  rate_limited: "Too many requests",
  internal: "Something went wrong",
  overloaded: "Too much at once",
  unavailable: "The store can't be used",
};

/** The page that says why a request was refused. */
export function renderProblem(context: PageContext, { code, message }: WebError, requestId: string): string {
  const title = TITLES[code] ?? "That was not understood";
  return renderLayout(context, {
    title,
    main: html`<div class="narrow"><h1>${title}</h1><p class="lead" role="alert">${message}</p>
<p><a href="/">All targets</a>${code === "unauthorized" ? html` · <a href="/sign-in">Sign in</a>` : null}</p>
<p class="faint">Request <code>${requestId}</code></p></div>`,
  });
}
