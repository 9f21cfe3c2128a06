import { randomUUID } from "node:crypto";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { PassTools } from "../../reconcile/pass/pass-tools.ts";

type Tools = Pick<PassTools, "records" | "config">;

/** A commit that the daemon pushed to a branch of its own. */
export interface PushedCommit {
  readonly branch: string;
  readonly commit: string;
}

/** As the audit has it. */
const ACTION = "push_proposal";
/** How many of its commits are known: each proposal has few. */
const MOST_ENTRIES = 1000;

/**
 * Records what the daemon pushed, once. The author in a commit proves nothing, as any user can write the same into it: what was pushed is
 * known by its id.
 */
export async function notePushed(
  { records, config }: Tools,
  pushed: PushedCommit,
  by: Pick<AuditEntry, "who" | "via">,
): Promise<void> {
  const known = await readPushed({ records }, config.name);
  if (known.some(({ commit }) => commit === pushed.commit)) return;
  const entry = { at: await records.now(), target: config.name, action: ACTION, details: { ...pushed }, ...by };
  await records.addAudit({ ...entry, id: randomUUID() });
}

/** What the daemon pushed for a target, as far as the audit goes back; `target` null: for any. */
export async function readPushed(
  { records }: Pick<Tools, "records">,
  target: string | null,
): Promise<readonly PushedCommit[]> {
  const entries = await records.readAudit(target, MOST_ENTRIES, ACTION);
  return entries.flatMap(({ details: { branch, commit } }) =>
    typeof branch === "string" && typeof commit === "string" ? [{ branch, commit }] : [],
  );
}

/** The commits that the daemon itself pushed. */
export async function listOwnCommits(tools: Tools): Promise<ReadonlySet<string>> {
  // Targets of one repository see each other's requests, and commits of others must not push out those of this one.
  const pushed = [...(await readPushed(tools, tools.config.name)), ...(await readPushed(tools, null))];
  return new Set(pushed.map(({ commit }) => commit));
}
