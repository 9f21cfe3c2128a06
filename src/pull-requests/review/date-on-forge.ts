import type { ReviewTools } from "./review-tools.ts";

/**
 * A forge's answers and what it keeps may be dated by two clocks, as behind a proxy. One that is further behind than this, in milliseconds,
 * dates nothing: everything would count as of now.
 */
const MOST_BEHIND_MS = 5 * 60_000;

/** What time it is now, by the two clocks; ISO 8601 in UTC. */
export interface Clocks {
  /** Null: the forge has not said. */
  readonly forge: string | null;
  readonly store: string;
}

/**
 * When an event that the forge dates happened, by the store's clock: as long ago as on the forge's own clock, independent of what the two
 * clocks show. Never later than now. Null: unknown, so that nothing may depend on it.
 */
export function dateOnForge(at: string | null, { forge, store }: Clocks): string | null {
  if (at === null || forge === null) return null;
  const ageMs = Date.parse(forge) - Date.parse(at);
  if (Number.isNaN(ageMs) || ageMs < -MOST_BEHIND_MS) return null;
  return new Date(Date.parse(store) - Math.max(0, ageMs)).toISOString();
}

/** Both clocks as they are now. */
export async function readClocks({ forge, pass }: Pick<ReviewTools, "forge" | "pass">): Promise<Clocks> {
  return { store: await pass.records.now(), forge: forge.now() };
}

/** Until when an approval holds that was given at a moment; ISO 8601 in UTC. */
export function endOfApproval(given: string, { config }: Pick<ReviewTools["pass"], "config">): string {
  return new Date(Date.parse(given) + config.policy.approval.expires_ms).toISOString();
}
