import type { ChangesAsked, ChangesPage, DaemonService } from "../../../model/daemon/daemon-service.ts";

/** Reads a part of a target's change log; null: the target is unknown. */
export async function readWritten(
  { changes }: Pick<DaemonService, "changes">,
  target: string,
  asked: ChangesAsked,
): Promise<ChangesPage | null> {
  const entries = await changes(target, asked);
  const last = entries?.at(-1);
  if (entries === null || last === undefined) return entries && { entries, more: false };
  // Nothing is older than the very first one.
  const [next] = (await changes(target, { ...asked, since: asked.since === null ? 0 : last.seq, limit: 1 })) ?? [];
  return { entries, more: next !== undefined && next.seq !== last.seq };
}
