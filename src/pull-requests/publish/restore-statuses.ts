import { randomUUID } from "node:crypto";
import type { ForgeKind } from "../../model/daemon/forge-kind.ts";
import type { ReviewRecord, ReviewStatus } from "../../model/reviews/review-record.ts";
import { beginForeign } from "../../model/secrets/cut-foreign.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import { cutDescription } from "../forge/cut-description.ts";
import type { ShownStatus } from "../forge/forge.ts";
import type { ReviewTools } from "../review/review-tools.ts";
import { readReported } from "./publish-statuses.ts";

/**
 * Compares the statuses of a request's newest commit with what was set last. Where another account has set one under the same name, the
 * record says that they are to be set again in this round, and the audit who did it. One that is missing was refused before. Idempotent.
 */
export async function restoreStatuses(tools: ReviewTools, record: ReviewRecord): Promise<ReviewRecord> {
  const { forge, config, pass } = tools;
  const { records } = pass;
  const told = await readReported(tools, record);
  if (told === null) return record;
  const nameOf = (which: "plan" | "apply") => `${config.status_name}/${which}`;
  const shown = await forge.readStatuses(record.head, [nameOf("plan"), nameOf("apply")]);
  // Other targets set them, too: what was set while the forge was asked is compared next time.
  if ((await readReported(tools, record))?.at !== told.at) return record;
  const foreign = (["plan", "apply"] as const).flatMap((which) => {
    const status = shown.find(({ context }) => context === nameOf(which));
    return status === undefined || isSame(forge.kind, status, told[which]) ? [] : [status];
  });
  if (foreign.length === 0) return record;
  const at = await records.now();
  const { number, url, target, head } = record;
  const statuses = foreign.map(({ context, state, description: said, by }) => {
    const description = beginForeign(said, MOST_DESCRIPTION, redactKnownSecrets);
    return { context, state, description, by };
  });
  const next: ReviewRecord = { ...record, told: null, updated_at: at };
  const audit = { id: randomUUID(), at, target, who: "poolkeeper", via: forge.kind, action: "restore_statuses" };
  await records.writeReviewAct(next, { ...audit, details: { request: number, url, head, statuses } });
  return next;
}

/** Characters of a foreign description that the audit keeps. */
const MOST_DESCRIPTION = 1_000;

/** GitLab has one word for errors and failures, and does not change the text of a status that stays pending. */
function isSame(forge: ForgeKind, shown: ShownStatus, told: ReviewStatus): boolean {
  const plain = (state: ReviewStatus["state"]) => (state === "error" ? "failure" : state);
  if (plain(shown.state) !== plain(told.state)) return false;
  if (forge === "gitlab" && told.state === "pending") return true;
  return cutDescription(shown.description) === cutDescription(told.description);
}
