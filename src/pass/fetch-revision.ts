import type { TargetState } from "../model/daemon-records.ts";
import type { PassTools } from "./pass-tools.ts";
import type { Findings } from "./walk-pass.ts";

/**
 * Asks the source for its newest revision, or for the one that someone went back to; the newest request counts. Requests are answered
 * by this pass even where the revision that they name is not to be had: it would be asked for forever otherwise, and is told instead.
 */
export async function fetchRevision(
  { config, source, records }: PassTools,
  state: TargetState | null,
  findings: Findings,
): Promise<void> {
  const requests = await records.readRequests(config.name);
  const asked = requests.findLast(({ revision }) => revision !== null)?.revision ?? null;
  // An empty one gives up what was held on to.
  const pinned = asked === null ? (state?.pinned_revision ?? null) : asked === "" ? null : asked;
  const newest = await source.fetch();
  findings.requests = requests.map(({ id }) => id);
  const revision = pinned === null ? newest : await source.describe(pinned);
  findings.revision = revision;
  findings.pinned = pinned === null ? null : revision.id;
  if (pinned === null) findings.rewritten = await findRewritten(source, state, revision.id);
}

/** The good revision that the newest one, seen for the first time, does not contain: history was rewritten. Null: it was not, or nobody can tell. */
async function findRewritten(
  source: PassTools["source"],
  state: TargetState | null,
  newest: string,
): Promise<string | null> {
  const good = state?.good_revision ?? null;
  if (good === null || good === newest || newest === state?.last_pass?.revision) return null;
  return (await source.compare(good, newest)) === "rewritten" ? good : null;
}
