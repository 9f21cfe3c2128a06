import type { PullRequestsConfig } from "../model/daemon/daemon-config.ts";
import type { PullRequest } from "./forge/forge.ts";

/**
 * Why a request is not reviewed; null: it is. No command plans a request from a fork where forks are not planned: its author would see what
 * is live.
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
