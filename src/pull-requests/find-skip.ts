import type { PullRequestsConfig } from "../model/daemon-config.ts";
import type { PullRequest } from "./forge/forge.ts";

/**
 * Why a request is not looked at; null: it is. Nobody can ask for the plan of a request from a fork where those are not
 * planned: whoever opens one would see what is live.
 */
export function findSkip(
  { head, draft, labels }: Pick<PullRequest, "head" | "draft" | "labels">,
  { forks, drafts, skip_label }: Pick<PullRequestsConfig, "forks" | "drafts" | "skip_label">,
  asked: boolean,
): "fork" | "draft" | "label" | null {
  if (head.fork && !forks) return "fork";
  if (asked) return null;
  if (draft && !drafts) return "draft";
  return labels.includes(skip_label) ? "label" : null;
}
