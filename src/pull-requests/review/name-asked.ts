import type { RepositoryConfig } from "../../model/daemon/daemon-config.ts";
import { nameFolder } from "../../reconcile/name-target-place.ts";
import { locatePlace } from "../forge/locate-place.ts";
import { namePlace } from "./make-review.ts";

/** What decides which requests brought something to a target, beside the revisions: the repository on its forge, branch and folder. */
export function nameAsked(source: RepositoryConfig): string {
  const { pull_requests: requests } = source;
  const place =
    requests === null
      ? ""
      : namePlace({ kind: requests.forge, place: locatePlace({ kind: requests.forge, ...requests }) });
  return `${place} ${nameFolder(source)}`;
}
