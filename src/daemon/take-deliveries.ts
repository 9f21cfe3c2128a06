import { randomUUID } from "node:crypto";
import type { PullRequestsConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { DaemonService } from "../model/daemon/daemon-service.ts";
import type { AuditEntry } from "../model/passes/audit-entry.ts";
import type { CommentChange, WrittenComment } from "../model/reviews/comment-change.ts";
import { type Deciders, NO_DECIDERS } from "../model/reviews/reported-comment.ts";
import { ALTER_ACTION, COMMAND_ACTION } from "../model/reviews/review-record.ts";
import { beginForeign } from "../model/secrets/cut-foreign.ts";
import { copyText } from "../model/text/copy-text.ts";
import { type Command, isDecision, readCommand } from "../pull-requests/commands/read-command.ts";
import { nameReport } from "../pull-requests/commands/reported-rejections.ts";
import { isSameLogin } from "../pull-requests/review/spell-login.ts";
import type { MonotonicClock } from "../store/leases/monotonic-clock.ts";
import { createAccountBudget } from "./create-account-budget.ts";
import { listDeciders, nameRequestsPlace } from "./find-deciders.ts";
import type { Log } from "./logging/log.ts";
import type { ServiceTools } from "./service-tools.ts";
import { joinReads } from "./web/answers/join-reads.ts";

/** How deliveries are limited. */
export interface DeliveryLimits {
  /** Reports of one account that are put on record, and passes that deliveries ask for; of each target. */
  readonly per_minute: number;
  readonly clock: MonotonicClock;
  /** Nothing is asked for any more. */
  readonly stopping: AbortSignal;
  readonly log: Pick<Log, "warn">;
}

/** What has to be on record of a delivery. */
interface Report {
  /** Sets it apart from other reports, under any id that it is delivered with; null: nothing does. */
  readonly key: string | null;
  /** Whose it is, and what sort of report: each sort is counted by itself, so that what an account decides hides no edit. */
  readonly by: string;
  readonly sort: "decides" | "alters";
  /**
   * Null: it is of no comment of the daemon's own, and leaves nothing on record. Idempotent, as a delivery is acknowledged only afterwards: one that
   * fails half-way is delivered again.
   */
  readonly note: (deciders: Deciders) => Promise<AuditEntry | null>;
}

/** Deliveries and reports that are remembered beside the store; of a forgotten one, a copy asks for one more pass. */
const MOST_REMEMBERED = 10_000;
/** The longest time by which a pass waits for the one before it, in milliseconds. */
const LONGEST_GAP_MS = 1_000;

/** The reports of a minute that are put on record of all accounts together that have not shown that they may decide, in those of one account. */
const ACCOUNTS_TOGETHER = 10;
/** How long it is known who has decided something, in milliseconds. */
const KNOWN_MS = 1_000;

/**
 * Takes the deliveries of a forge. Anyone who may comment there causes some. So what decides nothing is not kept and asks for a pass, together with all
 * others that come in the same moment, and what has to be on record is counted for the account that caused it.
 */
export function createDeliveries({
  records,
  runners,
  wake,
  deliveries: { per_minute, clock, stopping, log },
}: Pick<ServiceTools, "records" | "runners" | "wake" | "deliveries">): Pick<DaemonService, "pushed"> {
  const known = rememberRecent();
  const joined = joinReads<void>();
  const gapMs = Math.min(LONGEST_GAP_MS, 60_000 / per_minute);
  const wakeJoined = (target: string) =>
    void joined(target, async () => {
      if (stopping.aborted) return;
      await wake(target, "push");
      await clock.sleep(gapMs, stopping);
    });
  const spend = createReportBudget({ records, per_minute, clock, log });
  return {
    pushed: async (target, delivery, change = null) => {
      const id = copyText(`${target}:${delivery.slice(0, MOST_ID)}`);
      const config = runners().get(target)?.config;
      const report = change === null || config === undefined ? null : findReport(records, config, change);
      let name = report === null ? id : report.key;
      if (name !== null && known.has(name)) return { kind: "repeated" };
      if (report !== null) {
        const deciders = findDeciders(config, runners());
        const seconds = await spend(target, report, deciders);
        if (seconds > 0) {
          wakeJoined(target);
          return { kind: "limited", seconds };
        }
        const entry = await report.note(deciders);
        if (entry === null && known.has(id)) return { kind: "repeated" };
        if (entry === null) name = id;
        else if (!(await records.takeDelivery(id, entry, deciders))) return { kind: "repeated" };
      }
      if (name !== null) known.add(name);
      wakeJoined(target);
      return { kind: "new" };
    },
  };
}

/** Characters of a delivery's id. */
const MOST_ID = 255;

/** Those who may decide where the target's requests are, for it and others. */
function findDeciders(config: TargetConfig | undefined, runners: ReturnType<ServiceTools["runners"]>): Deciders {
  const requests = findRequests(config);
  if (requests === null) return NO_DECIDERS;
  const all = [...runners.values()].map((runner) => runner.config);
  // Where each of them is takes longer to find out: there may be hundreds.
  const near = all.filter((one) => isSameRepository(findRequests(one)?.repository ?? "", requests.repository));
  return listDeciders(near).get(nameRequestsPlace(requests)) ?? NO_DECIDERS;
}

/** Null: its requests are not looked at. */
function findRequests(config: TargetConfig | undefined): PullRequestsConfig | null {
  return config?.source.kind === "repository" ? config.source.pull_requests : null;
}

/**
 * Takes a report from what its account may have on record in a minute, and from what all accounts may have together, as a forge can make up any number
 * of them; those that have shown that they may decide are not refused for what others do. Gives 0, or in how many seconds there is more.
 */
function createReportBudget({
  records,
  per_minute,
  clock,
  log,
}: Pick<ServiceTools, "records"> & Pick<DeliveryLimits, "per_minute" | "clock" | "log">) {
  const each = createAccountBudget({ each: per_minute, clock });
  const together = createAccountBudget({ each: ACCOUNTS_TOGETHER * per_minute, clock });
  const warned = new Set<string>();
  const decided = new Map<string, { readonly at: number; readonly logins: Promise<ReadonlySet<string>> }>();
  const hasDecided = async (target: string, by: string, targets: readonly string[]) => {
    let found = decided.get(target);
    if (found === undefined || clock.now() - found.at >= KNOWN_MS) {
      found = { at: clock.now(), logins: records.readDeciders(targets) };
      decided.set(target, found);
    }
    return (await found.logins).has(by.toLowerCase());
  };
  return async (target: string, { by, sort }: Report, { approvers, targets }: Deciders): Promise<number> => {
    const own = each.take(`${target} ${sort} ${by.toLowerCase()}`);
    if (own > 0 || approvers.some((name) => isSameLogin(name, by))) return own;
    const seconds = together.take(`${target} ${sort}`);
    if (seconds === 0) warned.delete(target);
    if (seconds === 0 || (await hasDecided(target, by, targets))) return 0;
    if (!warned.has(target))
      log.warn({ target, seconds }, "More was reported of comments than is put on record in a minute.");
    warned.add(target);
    return seconds;
  };
}

/** Names that came last. */
function rememberRecent() {
  const names = new Set<string>();
  return {
    has: (name: string) => names.has(name),
    add: (name: string) => {
      names.add(name);
      const [oldest] = names;
      if (names.size > MOST_REMEMBERED && oldest !== undefined) names.delete(oldest);
    },
  };
}

/** Null: what a webhook reports of a comment changes nothing. */
function findReport(records: DaemonRecords, config: TargetConfig, change: CommentChange): Report | null {
  const { name: target } = config;
  const requests = findRequests(config);
  // Of a whole organization, others write about requests and comments with the same numbers.
  if (requests === null || !isSameRepository(requests.repository, change.repository)) return null;
  if (change.how !== "written") {
    // One comment can be edited again and again.
    return { key: null, by: change.by, sort: "alters", note: () => noteAltered(records, target, change) };
  }
  const command = readCommand(change.said);
  if (command === null || !isDecision(command)) return null;
  const key = `${target} ${change.comment} ${change.written}`;
  const note = (deciders: Deciders) => noteCommand(records, { target, requests, command, deciders }, change);
  return { key, by: change.by, sort: "decides", note };
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
  {
    target,
    requests,
    command,
    deciders,
  }: {
    readonly target: string;
    readonly requests: PullRequestsConfig;
    readonly command: Command;
    readonly deciders: Deciders;
  },
  { comment, by, said, number, written }: WrittenComment,
): Promise<AuditEntry> {
  const at = await records.now();
  const place = nameRequestsPlace(requests);
  await records.noteReported({ place, comment, written, number, by, said: cutSaid(said), at }, deciders);
  // A no on a request of which nothing more was to be said, as it was closed or is applied, is read and answered as well.
  if (command.name === "reject") await records.askAgain(target, { place, number }, nameReport(comment));
  const details = { request: number, comment, command: command.name, digest: command.digest };
  return { id: randomUUID(), at, target, who: by, via: "webhook", action: COMMAND_ACTION, details };
}

/** What a command is read from. The words after it are as those of any reason. */
function cutSaid(said: string): string {
  return beginForeign(said.trimStart(), MOST_SAID);
}

/** Characters. */
const MOST_SAID = 1000;

/** Only the daemon's own comments: edits of others do not matter here. */
async function noteAltered(
  records: DaemonRecords,
  target: string,
  { comment, number, by, how }: CommentChange,
): Promise<AuditEntry | null> {
  if ((await records.findCommented(target, number, comment)) === null) return null;
  const details = { request: number, comment, how };
  return { id: randomUUID(), at: await records.now(), target, who: by, via: "webhook", action: ALTER_ACTION, details };
}
