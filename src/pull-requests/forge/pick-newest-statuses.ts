import type { ShownStatus } from "./forge.ts";

/** Of each of these names the status that was set last: forges number them as they are set. */
export function pickNewestStatuses(
  statuses: readonly ShownStatus[],
  contexts: readonly string[],
): readonly ShownStatus[] {
  const ordered = statuses.toSorted((one, other) => other.id - one.id);
  return contexts.flatMap((context) => ordered.find((status) => status.context === context) ?? []);
}
