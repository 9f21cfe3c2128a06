import type { TargetState } from "../model/daemon-records.ts";
import type { Revision } from "../source/source.ts";
import type { PassTools } from "./pass-tools.ts";

/** The revision that a pass is about. */
export interface Fetched {
  readonly revision: Revision;
  /** The revision that is held on to; null: the branch is followed. */
  readonly pinned: string | null;
  /** Requests that this pass answers. */
  readonly requests: readonly string[];
}

/** Asks the source for its newest revision, or for the one that someone went back to. The newest request counts. */
export async function fetchRevision(
  { config, source, records }: PassTools,
  state: TargetState | null,
): Promise<Fetched> {
  const requests = await records.readRequests(config.name);
  const asked = requests.findLast(({ revision }) => revision !== null)?.revision ?? null;
  // An empty one gives up what was held on to.
  const pinned = asked === null ? (state?.pinned_revision ?? null) : asked === "" ? null : asked;
  const newest = await source.fetch();
  const revision = pinned === null ? newest : await source.describe(pinned);
  return { revision, pinned, requests: requests.map(({ id }) => id) };
}
