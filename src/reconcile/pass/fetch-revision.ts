import type { TargetState } from "../../model/daemon/daemon-records.ts";
import type { Destination } from "../../model/daemon/destination.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Revision } from "../source/source.ts";
import { listHeads } from "./list-heads.ts";
import type { PassTools } from "./pass-tools.ts";
import type { Findings } from "./walk-pass.ts";
import { wasApplied } from "./was-applied.ts";

/**
 * Asks the source for its newest revision, or for the pinned one; the newest request counts. Requests are answered by this pass even where
 * the revision that they name is unavailable: it would be requested again forever otherwise, and is reported instead.
 */
export async function fetchRevision(tools: PassTools, state: TargetState | null, findings: Findings): Promise<void> {
  const { config, source, records } = tools;
  const requests = await records.readRequests(config.name);
  const asked = requests.map(({ destination }) => destination).findLast(({ kind }) => kind !== "stay");
  const pinned = findPin(asked ?? { kind: "stay" }, state);
  const newest = await source.fetch();
  findings.requests = requests.map(({ id }) => id);
  const revision = pinned === null ? newest : await describePinned(tools, pinned, asked !== undefined);
  if (pinned !== null) await refuseElsewhere(tools, { state, newest: newest.id, pinned: revision.id });
  findings.revision = revision;
  findings.pinned = pinned === null ? null : revision.id;
  if (pinned === null) findings.rewritten = await findRewritten(source, state, revision.id);
}

/** The revision that the target is pinned to once it has gone there; null: it follows its branch. */
function findPin(destination: Destination, state: TargetState | null): string | null {
  switch (destination.kind) {
    case "stay":
      return state?.pinned_revision ?? null;
    case "follow":
      return null;
    case "pin":
      return destination.revision;
  }
}

/** The caller that just requested it has given its id; for one that is pinned since then, people need the way out. */
async function describePinned({ config, source }: PassTools, pinned: string, isAsked: boolean): Promise<Revision> {
  try {
    return await source.describe(pinned);
  } catch (error) {
    if (isAsked || !(error instanceof OperationalError) || error.code !== "revision_missing") throw error;
    const { name } = config;
    const message = `${name} is pinned to the commit ${pinned}, which is no longer available: a force push removed it from the branch, and the mirror that had it was deleted. \`poolkeeper reconcile ${name} --follow\` follows the branch again, \`--revision\` pins another of its commits.`;
    throw new OperationalError(error.code, message, { next: error.next, cause: error });
  }
}

interface Pinned {
  readonly state: TargetState | null;
  /** What the branch has. */
  readonly newest: string;
  /** What is gone to. */
  readonly pinned: string;
}

/**
 * Throws where the commit to roll back to was never on the branch: the mirror has those of all followed branches, and the forge's checks,
 * and who may merge, are of one branch. What a force push removed from the branch counts as its own where it was applied here, or seen.
 */
async function refuseElsewhere(
  { config, source, records }: PassTools,
  { state, newest, pinned }: Pinned,
): Promise<void> {
  if (config.source.kind === "folder" || listHeads(state).includes(pinned)) return;
  const advance = await source.compare(pinned, newest);
  if (advance === "same" || advance === "forward") return;
  if (await wasApplied({ config, records }, pinned)) return;
  const { branch, url } = config.source;
  throw new OperationalError(
    "revision_elsewhere",
    `The commit ${pinned} of ${url} is not on the branch ${branch}, and was never applied from it. Use a commit of this branch; to apply one of another branch, merge it. \`poolkeeper reconcile ${config.name} --follow\` follows the branch again.`,
    { next: "stop" },
  );
}

/** The good revision that the newest one, seen for the first time, does not contain: history was rewritten. Null: it was not, or it is unknown. */
async function findRewritten(
  source: PassTools["source"],
  state: TargetState | null,
  newest: string,
): Promise<string | null> {
  const good = state?.good_revision ?? null;
  if (good === null || good === newest || newest === state?.last_pass?.revision) return null;
  return (await source.compare(good, newest)) === "rewritten" ? good : null;
}
