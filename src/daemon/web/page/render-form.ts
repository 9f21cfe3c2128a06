import type { Role } from "../../../model/daemon/daemon-config.ts";
import { hasRole } from "../access/has-role.ts";
import { html, type Markup, type Part } from "./markup.ts";
import type { PageContext, Viewer } from "./page-context.ts";

/** The token that ties a form to its session. */
export function renderToken({ form_token }: Viewer): Markup {
  return html`<input type="hidden" name="form_token" value="${form_token}">`;
}

/** A form with one button. */
export interface FormParts {
  readonly id: string;
  readonly action: string;
  readonly fields?: Part;
  readonly button: string;
  readonly look?: "main" | "danger" | "quiet";
  /** Why the form is disabled; null: it is enabled. */
  readonly disabled?: string | null;
}

/** A form with its button; where it is disabled, the button says why. */
export function renderForm({ viewer }: PageContext, parts: FormParts): Markup {
  const { id, action, fields = null, button, look = "quiet", disabled = null } = parts;
  const why = `${id}-why`;
  return html`<form method="post" action="${action}" id="${id}">${renderToken(viewer)}
${disabled === null ? fields : null}
<button class="${look}" ${disabled === null ? null : html`disabled aria-describedby="${why}"`}>${button}</button>
${disabled === null ? null : html`<p class="why" id="${why}">${disabled}</p>`}
</form>`;
}

/** Whether the viewer may do what takes this role. */
export function may({ viewer }: PageContext, role: Role): boolean {
  return hasRole(viewer.caller, role);
}
