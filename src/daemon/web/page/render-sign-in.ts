import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderToken } from "./render-form.ts";
import { renderLayout } from "./render-layout.ts";

/** What a page to sign in is about. */
export interface SignInParts {
  /** Where to go then. */
  readonly to: string;
  /** Why the last try failed, or null. */
  readonly problem: string | null;
  /** Host and port under which no other server gets the session, or null where it is asked by such a name. */
  readonly better: string | null;
}

/** The page to sign in. */
export function renderSignIn(context: PageContext, { to, problem, better }: SignInParts): string {
  const form = html`<form method="post" action="/sign-in" class="stack">
<input type="hidden" name="to" value="${to}">
<input name="username" type="text" value="token" autocomplete="username" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required maxlength="500" spellcheck="false" ${problem === null ? null : html`aria-invalid="true" aria-describedby="problem"`}>
<button class="main">Sign in</button>
</form>
<p class="faint">Your browser does not keep the token: it gets a signed cookie that expires.</p>
${better === null ? null : renderBetterName(better)}`;
  return renderLayout(context, {
    title: "Sign in",
    main: html`<div class="narrow"><h1>Sign in</h1>
<p>Paste a token of the daemon's configuration. Its role determines what you can do here: read, operate, or approve.</p>
${renderSessions(context)}
${problem === null ? null : html`<p class="problem" role="alert" id="problem">${problem}</p>`}
${context.can_sign_in ? form : html`<p class="problem">No tokens are configured: sign-in is not possible. Add some under <code>http.tokens</code>.</p>`}
</div>`,
  });
}

function renderBetterName(host: string): Part {
  return html`<p class="faint">It sends that cookie to every server on this machine that you open under the same name, on any port. Sign in at <code>http://${host}</code> to keep it to this one.</p>`;
}

/** For who is signed in already: the way to end sessions in other browsers too. */
function renderSessions({ viewer }: PageContext): Part {
  if (viewer.caller === null) return null;
  return html`<form method="post" action="/sign-out" class="stack">${renderToken(viewer)}<input type="hidden" name="everywhere" value="yes">
<p>You are signed in as ${viewer.caller.name}. Signing out everywhere ends every session that this token has opened, in all browsers.</p>
<button class="quiet">Sign out everywhere</button></form>`;
}
