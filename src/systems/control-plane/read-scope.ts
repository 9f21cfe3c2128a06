import { OperationalError } from "../../model/errors/operational-error.ts";
import type { ScopedSettings } from "../../model/objects/live.ts";
import { formatScope, type LiveSettings, type SettingsScope } from "../../model/objects/settings.ts";

/** Scopes that are asked for at the same time. */
export const SCOPES_AT_ONCE = 16;

/** What refuses the settings of a scope to a token that may read others. */
export const NO_RIGHT: readonly string[] = ["permission_denied"];

/** The scope alone where its settings are refused with one of the codes. `read`: how they are read. */
export async function readScope(
  read: (scope: SettingsScope) => Promise<LiveSettings>,
  scope: SettingsScope,
  refusals: readonly string[] = NO_RIGHT,
): Promise<ScopedSettings | RefusedScope> {
  try {
    return { scope, ...(await read(scope)) };
  } catch (error) {
    if (error instanceof OperationalError && refusals.includes(error.code)) return { scope };
    throw error;
  }
}

/** A scope of which nothing is known but that it was asked for. */
export interface RefusedScope {
  readonly scope: SettingsScope;
}

/** Whether the settings of a scope were read. */
export function isReadable(answer: ScopedSettings | RefusedScope): answer is ScopedSettings {
  return "values" in answer;
}

/** Broadest first. */
export function compareScopes({ scope: left }: RefusedScope, { scope: right }: RefusedScope): number {
  return formatScope(left) < formatScope(right) ? -1 : 1;
}
