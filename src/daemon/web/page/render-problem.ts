import type { WebError } from "../answers/web-error.ts";
import { html } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderLayout } from "./render-layout.ts";

const TITLES: Readonly<Partial<Record<WebError["code"], string>>> = {
  unauthorized: "Sign in first",
  not_allowed: "Not allowed",
  not_found: "Not found",
  conflict: "Not possible now",
  stale: "Plan is stale",
  not_looked_at: "Not possible yet",
  rate_limited: "Too many requests",
  internal: "Internal error",
  overloaded: "Too many concurrent requests",
  unavailable: "Store unavailable",
  store_damaged: "Store damaged",
};

/** The heading of a refusal. */
export function nameProblem({ code }: Pick<WebError, "code">): string {
  return TITLES[code] ?? "Bad request";
}

/** The page that says why a request was refused. */
export function renderProblem(context: PageContext, { code, message }: WebError, requestId: string): string {
  const title = nameProblem({ code });
  return renderLayout(context, {
    title,
    main: html`<div class="narrow"><h1>${title}</h1><p class="lead" role="alert">${message}</p>
<p><a href="/">All targets</a>${code === "unauthorized" ? html` · <a href="/sign-in">Sign in</a>` : null}</p>
<p class="faint">Request <code>${requestId}</code></p></div>`,
  });
}
