import { html, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { renderToken } from "./render-form.ts";
import { renderLayout } from "./render-layout.ts";

/** The page to sign in. `to`: where to go then; `problem`: why the last try failed, or null. */
export function renderSignIn(
  context: PageContext,
  { to, problem }: { readonly to: string; readonly problem: string | null },
): string {
  const form = html`<form method="post" action="/sign-in" class="stack">
<input type="hidden" name="to" value="${to}">
<input name="username" type="text" value="token" autocomplete="username" hidden>
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required maxlength="500" spellcheck="false" ${problem === null ? null : html`aria-invalid="true" aria-describedby="problem"`}>
<button class="main">Sign in</button>
</form>
<p class="faint">Your browser does not keep the token: it gets a signed cookie that expires.</p>`;
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

/** For who is signed in already: the way to end sessions in other browsers too. */
function renderSessions({ viewer }: PageContext): Part {
  if (viewer.caller === null) return null;
  return html`<form method="post" action="/sign-out" class="stack">${renderToken(viewer)}<input type="hidden" name="everywhere" value="yes">
<p>You are signed in as ${viewer.caller.name}. Signing out everywhere ends every session that this token has opened, in all browsers.</p>
<button class="quiet">Sign out everywhere</button></form>`;
}
