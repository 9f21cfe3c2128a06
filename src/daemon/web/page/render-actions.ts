import type { Pause } from "../../../model/daemon/daemon-records.ts";
import type { TargetDetail } from "../../../model/daemon/daemon-service.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext } from "./page-context.ts";
import { may, renderForm, renderToken } from "./render-form.ts";
import { renderTime } from "./render-words.ts";

/** How long a pause may last, as the form offers it, in hours; 0: until it is lifted. */
export const PAUSE_HOURS: readonly (readonly [number, string])[] = [
  [1, "1 hour"],
  [4, "4 hours"],
  [24, "1 day"],
  [168, "1 week"],
  [0, "Until it is lifted"],
];

/** The actions on a target that the viewer may take; else a hint to sign in. */
export function renderActions(context: PageContext, detail: TargetDetail): Part {
  if (context.viewer.caller === null) {
    if (!context.can_sign_in) return null;
    return html`<p class="faint"><a href="/sign-in?to=${encodeURIComponent(`/targets/${detail.target}`)}">Sign in</a> to reconcile, pause or approve.</p>`;
  }
  if (!may(context, "operate")) return html`<p class="faint">Your token is read-only.</p>`;
  return html`${renderReconcile(context, detail)}${renderPause(context, detail)}`;
}

function renderReconcile(context: PageContext, { target, running, pinned_revision }: TargetDetail): Markup {
  const action = `/targets/${target}/reconcile`;
  return html`${renderForm(context, {
    id: "reconcile",
    action,
    button: "Reconcile now",
    look: "main",
    disabled: running === null ? null : "A pass is already running; its result appears here.",
  })}
<details class="more" id="go-back"><summary>Roll back to a revision</summary>
<form method="post" action="${action}" id="reconcile-revision">${renderToken(context.viewer)}
<label for="revision">Revision</label><input id="revision" name="revision" required pattern="[0-9a-f]{7,64}" maxlength="64" autocomplete="off" spellcheck="false" aria-describedby="revision-hint">
<p class="faint" id="revision-hint">A commit's SHA. The target stays at it until you follow the branch again.</p>
<button class="quiet">Roll back</button></form></details>
${
  pinned_revision === null
    ? null
    : html`<form method="post" action="${action}" id="follow">${renderToken(context.viewer)}<input type="hidden" name="revision" value=""><input type="hidden" name="follow" value="yes"><button class="quiet">Follow the branch again</button></form>`
}`;
}

function renderPause(context: PageContext, { target }: TargetDetail): Markup {
  return html`<details class="more" id="pause-fold"><summary>Pause</summary>
<form method="post" action="/targets/${target}/pause" id="pause">${renderToken(context.viewer)}
<label for="pause-reason">Reason</label><input id="pause-reason" name="reason" required maxlength="500" autocomplete="off">
<label for="pause-hours">Duration</label><select id="pause-hours" name="hours">${PAUSE_HOURS.map(([hours, words]) => html`<option value="${hours}">${words}</option>`)}</select>
<label for="pause-address">Object</label><input id="pause-address" name="address" maxlength="400" placeholder="the whole target" autocomplete="off" spellcheck="false" aria-describedby="pause-hint">
<p class="faint" id="pause-hint">Empty, or one object such as <code>queue.batch</code>.</p>
<button class="quiet">Pause</button></form></details>`;
}

/** Active pauses, each with a button to lift it where the viewer may. */
export function renderPauses(context: PageContext, { target, pauses }: TargetDetail): Part {
  if (pauses.length === 0) return null;
  return html`<h2 id="pauses-title">Paused</h2><ul class="plain">${pauses.map((pause) => renderPauseEntry(context, target, pause))}</ul>`;
}

function renderPauseEntry(context: PageContext, target: string, pause: Pause): Markup {
  const { id, address, by, reason, at, until } = pause;
  const what = address === null ? html`All of ${target}` : html`<code>${address}</code>`;
  return html`<li class="entry"><p><strong>${what}</strong>, by ${by} ${renderTime(at, context.now)}, ${until === null ? "until it is lifted" : html`ends ${renderTime(until, context.now)}`}</p>
<p>${reason}</p>
${
  may(context, "operate")
    ? html`<form method="post" action="/targets/${target}/resume" id="resume-${id}">${renderToken(context.viewer)}<input type="hidden" name="address" value="${address ?? ""}"><button class="quiet">Resume<span class="unseen"> ${address ?? target}</span></button></form>`
    : null
}</li>`;
}
