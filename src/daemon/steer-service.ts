import { randomUUID } from "node:crypto";
import type { PullRequestsConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords, Pause } from "../model/daemon/daemon-records.ts";
import type { DaemonService } from "../model/daemon/daemon-service.ts";
import { writeDestination } from "../model/daemon/destination.ts";
import type { AuditEntry } from "../model/passes/audit-entry.ts";
import type { CommentChange, WrittenComment } from "../model/reviews/comment-change.ts";
import { ALTER_ACTION, COMMAND_ACTION } from "../model/reviews/review-record.ts";
import { createSuggestNearest } from "../model/text/suggest-nearest.ts";
import { isDecision, readCommand } from "../pull-requests/commands/read-command.ts";
import { nameReport } from "../pull-requests/commands/reported-rejections.ts";
import { locatePlace } from "../pull-requests/forge/locate-place.ts";
import { namePlace } from "../pull-requests/review/make-review.ts";
import { draftAudit } from "./draft-audit.ts";
import { refuse, unknownTarget } from "./refusals.ts";
import type { ServiceTools } from "./service-tools.ts";

/**
 * Keeps the comment that a webhook reports for the next review; returns the audit entry, null where there is none. Idempotent, as a delivery
 * is acknowledged only afterwards: one that fails half-way is delivered again.
 */
async function noteChange(
  records: DaemonRecords,
  config: TargetConfig,
  change: CommentChange,
): Promise<AuditEntry | null> {
  const requests = config.source.kind === "repository" ? config.source.pull_requests : null;
  // Of a whole organization, others write about requests and comments with the same numbers.
  if (requests === null || !isSameRepository(requests.repository, change.repository)) return null;
  return change.how === "written"
    ? noteCommand(records, { target: config.name, requests }, change)
    : findAltered(records, config.name, change);
}

/** Forges make no difference between capitals and small letters. */
function isSameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * What its author wrote, so that a rejection is not lost with its comment, and an edit is recognised of which the forge keeps no trace. Of commands that
 * decide alone.
 */
async function noteCommand(
  records: DaemonRecords,
  { target, requests }: { readonly target: string; readonly requests: PullRequestsConfig },
  { comment, by, said, number, written }: WrittenComment,
): Promise<AuditEntry | null> {
  const command = readCommand(said);
  if (command === null || !isDecision(command)) return null;
  const at = await records.now();
  const place = namePlace({ kind: requests.forge, place: locatePlace({ kind: requests.forge, ...requests }) });
  await records.noteReported({ place, comment, written, number, by, said: cutSaid(said), at });
  // A no on a request of which nothing more was to be said, as it was closed or is applied, is read and answered as well.
  if (command.name === "reject") await records.askAgain(target, { place, number }, nameReport(comment));
  const details = { request: number, comment, command: command.name, digest: command.digest };
  return { id: randomUUID(), at, target, who: by, via: "webhook", action: COMMAND_ACTION, details };
}

/** What a command is read from. */
function cutSaid(said: string): string {
  return said.trimStart().slice(0, MOST_SAID);
}

/** Characters. */
const MOST_SAID = 1000;

/** Only the daemon's own comments: edits of others do not matter here. */
async function findAltered(
  records: DaemonRecords,
  target: string,
  { comment, by, how }: CommentChange,
): Promise<AuditEntry | null> {
  const altered = await records.findCommented(target, comment);
  if (altered === null) return null;
  const details = { request: altered.number, comment, how };
  const at = await records.now();
  return { id: randomUUID(), at, target, who: by, via: "webhook", action: ALTER_ACTION, details };
}

/** Says of a pause that it holds nothing; null: it holds something, or that is not known. It is taken: the object may be about to come. */
function warnOfUnknown({ target, address }: Pause, known: ReadonlySet<string> | null): string | null {
  if (address === null || known === null || known.has(address)) return null;
  const meant = createSuggestNearest()(address, known);
  const hint = meant === undefined ? "Check the name." : `Did you mean ${meant}?`;
  return `${address} not found: in the last pass over ${target}, no manifest, plan or live object had this address. The pause has no effect until one does. ${hint}`;
}

/** What makes a target look or rest: each is on record before it is answered. */
export function createSteering({
  records,
  runners,
  wake,
}: ServiceTools): Pick<DaemonService, "pause" | "resume" | "reconcile" | "pushed"> {
  return {
    pause: async (target, { address, reason, until }, actor) => {
      const runner = runners().get(target);
      if (runner === undefined) return unknownTarget(target);
      const at = await records.now();
      if (until !== null && until <= at) return refuse("invalid", `${until} is in the past: it is now ${at}.`);
      const registered_as = address === null ? null : await runner.findRegistered(address);
      const pause = { id: randomUUID(), target, address, registered_as, by: actor.name, reason, at, until };
      const details = { address, reason, until };
      await records.addPause(pause, draftAudit(actor, { at, target, action: "pause", details }));
      await wake(target, "request");
      const known = address === null ? null : await runner.listKnown();
      return { ok: true, value: { ...pause, warning: warnOfUnknown(pause, known) } };
    },
    resume: async (target, { address }, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const at = await records.now();
      const audit = draftAudit(actor, { at, target, action: "resume", details: { address } });
      const ended = await records.endPauses(target, address, audit);
      await wake(target, "request");
      return { ok: true, value: ended };
    },
    reconcile: async (target, destination, actor) => {
      if (!runners().has(target)) return unknownTarget(target);
      const [id, at] = [randomUUID(), await records.now()];
      const details = { revision: writeDestination(destination) };
      const audit = draftAudit(actor, { at, target, action: "reconcile", details });
      await records.addRequest({ id, target, by: actor.name, at, destination }, audit);
      const given = { id, at: await records.now() };
      await wake(target, "request");
      return { ok: true, value: given };
    },
    pushed: async (target, delivery, change = null) => {
      const config = runners().get(target)?.config;
      const audit = change === null || config === undefined ? null : await noteChange(records, config, change);
      if (!(await records.takeDelivery(`${target}:${delivery}`, audit))) return false;
      await wake(target, "push");
      return true;
    },
  };
}
