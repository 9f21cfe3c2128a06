import type { PullRequestsConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import { OperationalError } from "../model/errors/operational-error.ts";
import type { Deciders } from "../model/reviews/reported-comment.ts";
import { locatePlace } from "../pull-requests/forge/locate-place.ts";
import { namePlace } from "../pull-requests/review/make-review.ts";
import type { Log } from "./logging/log.ts";

/** Where the requests of a target are, as records have it. */
export function nameRequestsPlace(requests: PullRequestsConfig): string {
  return namePlace({ kind: requests.forge, place: locatePlace({ kind: requests.forge, ...requests }) });
}

/** Those who may decide at each place, for any of the targets that have it. */
export function listDeciders(targets: Iterable<TargetConfig>): ReadonlyMap<string, Deciders> {
  const places = new Map<string, Deciders>();
  for (const { name, source, policy } of targets) {
    const requests = source.kind === "repository" ? source.pull_requests : null;
    if (requests === null) continue;
    const place = nameRequestsPlace(requests);
    const { approvers, targets: others } = places.get(place) ?? { approvers: [], targets: [] };
    places.set(place, { approvers: [...approvers, ...policy.approval.approvers], targets: [...others, name] });
  }
  return places;
}

/**
 * Drops the reports for which there is no room, before any are read: an earlier release kept all. Where the store takes no writes, as on a full
 * disk, they stay; few of them are read then.
 */
export async function trimReports(
  { records, log }: { readonly records: Pick<DaemonRecords, "trimReported">; readonly log: Pick<Log, "error"> },
  targets: readonly TargetConfig[],
): Promise<void> {
  try {
    for (const [place, deciders] of listDeciders(targets)) await records.trimReported(place, deciders);
  } catch (err) {
    if (!(err instanceof OperationalError)) throw err;
    log.error({ err }, "Reports of webhooks for which there is no room could not be removed.");
  }
}
