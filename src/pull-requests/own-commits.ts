import type { PassTools } from "../reconcile/pass/pass-tools.ts";

/** The audit action of what the daemon proposes. */
export const PROPOSE_ACTION = "propose";

/** How far back the audit is searched for what was proposed. */
export const MOST_PROPOSED = 1000;

/**
 * Commits that the daemon itself pushed, as the audit has them: the author in a commit proves nothing, as any user can write the same into
 * it.
 */
export async function listOwnCommits({
  records,
  config,
}: Pick<PassTools, "records" | "config">): Promise<ReadonlySet<string>> {
  // Targets of one repository see each other's requests, and entries of others must not push out those of this one.
  const entries = [
    ...(await records.readAudit(config.name, MOST_PROPOSED)),
    ...(await records.readAudit(null, MOST_PROPOSED)),
  ];
  return new Set(
    entries.flatMap(({ action, details: { commit } }) =>
      action === PROPOSE_ACTION && typeof commit === "string" ? [commit] : [],
    ),
  );
}
