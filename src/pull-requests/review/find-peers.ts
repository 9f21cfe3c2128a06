import type { PullRequestsConfig, TargetConfig } from "../../model/daemon/daemon-config.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { locatePlace } from "../forge/locate-place.ts";

/** A configured target whose statuses stand together with those of others. */
export interface Peer {
  readonly target: string;
  /** The branch that its requests want to change. */
  readonly branch: string;
  /** Whether the forge sends this target webhooks. */
  readonly webhook: boolean;
}

/**
 * The configured targets that share the statuses of one target: those of the same repository on the same forge with the same
 * `status_name`, itself included, by name. They are found in the configuration, and not among records: one that has not looked at
 * anything yet counts too.
 */
export function findPeers(targets: readonly TargetConfig[], own: PullRequestsConfig): readonly Peer[] {
  const place = nameStatuses(own);
  return targets
    .flatMap(({ name: target, source }) =>
      source.kind === "repository" && source.pull_requests !== null && nameStatuses(source.pull_requests) === place
        ? [{ target, branch: source.branch, webhook: source.webhook !== null }]
        : [],
    )
    .sort((one, other) => (one.target < other.target ? -1 : 1));
}

/** The forge has one place under all its addresses, and makes no difference between capitals and small letters in names of repositories. */
function nameStatuses({ forge, url, repository, status_name }: PullRequestsConfig): string {
  return JSON.stringify([forge, findPlace({ kind: forge, url, repository }).toLowerCase(), status_name]);
}

/** An address that is none has no place. It is no peer of others, and keeps none of them from theirs. */
function findPlace(forge: Parameters<typeof locatePlace>[0]): string {
  try {
    return locatePlace(forge);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return `${forge.repository} at ${forge.url}`;
  }
}
