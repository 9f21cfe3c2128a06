import type { PullRequestsConfig } from "../../model/daemon/daemon-config.ts";
import type { Answer, DaemonService } from "../../model/daemon/daemon-service.ts";
import type { Trigger } from "../../model/passes/pass.ts";
import type { PassTools } from "../../reconcile/pass/pass-tools.ts";
import type { Proposals } from "../../reconcile/source/proposals.ts";
import type { FindAuthors } from "../authors/find-authors.ts";
import type { Forge } from "../forge/forge.ts";
import type { FindChange } from "./find-change.ts";
import type { Peer } from "./find-peers.ts";

/** What commands on a request do, and what the service does for other callers too. */
export interface ReviewActs extends Pick<DaemonService, "approve" | "reconcile"> {
  /** Asks for a pass. */
  wake(target: string, trigger: Trigger): Promise<void>;
}

/** What the reviews of one target work with. */
export interface ReviewTools {
  readonly pass: Omit<PassTools, "announce">;
  readonly forge: Forge;
  readonly proposals: Proposals;
  /** Shared by passes and rounds, so that nothing is compared twice. */
  readonly findChange: FindChange;
  readonly findAuthors: FindAuthors;
  readonly config: PullRequestsConfig;
  readonly acts: ReviewActs;
  /** The configured targets that share the statuses of this one, itself included. */
  readonly peers: readonly Peer[];
  /** Of poolkeeper. */
  readonly version: string;
  /** Where a request's whole plan is shown; null: nowhere. */
  readonly pageOf: (number: number) => string | null;
  readonly signal: AbortSignal;
}

/** Why something was refused, for who asked; null: it was not. */
export function refusalOf(answer: Answer<unknown>): string | null {
  return answer.ok ? null : answer.message;
}
