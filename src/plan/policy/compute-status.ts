import type { Address } from "../../model/address.ts";
import type { Begun, LeftObject, Pause, TargetState } from "../../model/daemon/daemon-records.ts";
import { NO_PROCESS, STORE_CODES } from "../../model/errors/operational-error.ts";
import type { PassOutcome } from "../../model/passes/pass.ts";
import type { Status } from "../../model/passes/status.ts";
import { type ApplyReport, GIVEN_UP } from "../../model/plan/apply-report.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { listSome } from "../../model/text/list-some.ts";
import {
  describeOutOfService,
  describeUnfinished,
  explainHeld,
  findDrained,
  MOST_FOUND,
  type Reasons,
} from "./explain-held.ts";
import type { UnservedQueue } from "./find-unserved.ts";
import { STATUS_REASONS, type StatusReason } from "./status-reasons.ts";

/** What a target's status is computed from. */
export interface StatusFacts {
  readonly outcome: PassOutcome;
  /** The pauses that hold at the time. */
  readonly pauses: readonly Pause[];
  /** Failed passes in a row, this one included. */
  readonly failures: number;
  /** Whether another try without a change may succeed; looked at where the outcome is `failed`. */
  readonly retriable: boolean;
  /** The revision that is held on to in place of the branch; null: none. */
  readonly pinned_revision: string | null;
  /** The target from which the pin was taken over; left out: it was given to this one. */
  readonly pinned_as?: string;
  readonly previous: Status | null;
  /** What a rollout has begun and not finished; null: nothing. */
  readonly begun: Pick<Begun, "objects" | "drains"> | null;
  /** As {@link TargetState.out_of_service}. */
  readonly out_of_service: readonly Address[];
  /** Queues none of whose clusters is in service. */
  readonly unserved: readonly UnservedQueue[];
  /** What is said of queues that route nowhere, as their manifests leave it. */
  readonly nowhere: readonly string[];
  /** What interrupted runs left and people have to decide about. */
  readonly left_behind: readonly LeftObject[];
  /** When the pass ended, ISO 8601 in UTC. */
  readonly at: string;
}

/** From how many failed passes in a row on a fault that may pass by itself counts as failure. */
export const FAILURES_BEFORE_FAILED = 3;

/** The status of a target, the same for the same facts; `since` is kept while state and reason stay the same. */
export function computeStatus(facts: StatusFacts): Status {
  const messages = new Map<StatusReason, string>([
    ...explainPauses(facts),
    ...explainOutcome(facts),
    ...explainLeftBehind(facts),
  ]);
  const reason = REASONS.find((known) => messages.has(known)) ?? "NothingToDo";
  const state = STATUS_REASONS[reason];
  const { previous, at } = facts;
  const isSame = previous !== null && previous.state === state && previous.reason === reason;
  // Where everything is as the manifests say, they ask for that, too.
  const more = state === "Synced" ? "" : `${describeBegun(facts)}${describeUnserved(facts.unserved)}`;
  const left = reason === "LeftBehind" ? "" : (messages.get("LeftBehind") ?? "");
  const message = joinSentences([messages.get(reason) ?? "", describeWaiting(facts, reason), more.trim(), left]);
  return { state, reason, message, since: isSame ? previous.since : at };
}

/** What is waited for beside what needs a person, with what that leaves unsaid of what is out of service; "" where the reason says it, or nothing waits. */
function describeWaiting({ outcome }: StatusFacts, reason: StatusReason): string {
  if (outcome.kind !== "waiting" || STATUS_REASONS[reason] === "Waiting") return "";
  const said: readonly string[] = findDrained(outcome.held);
  const { report } = outcome;
  const unsaid = report.left_drained.filter((address) => !said.includes(address));
  return explainWaiting({ ...report, left_drained: unsaid })[1];
}

/** What others say may end without a full stop. */
function joinSentences(parts: readonly string[]): string {
  const said = parts.filter((part) => part !== "");
  return said.map((part, at) => (at === said.length - 1 || /[.!?]$/.test(part) ? part : `${part}.`)).join(" ");
}

const REASONS = Object.keys(STATUS_REASONS) as readonly StatusReason[];

const UNSEEN: ReadonlySet<PassOutcome["kind"]> = new Set(["invalid", "refused", "inconclusive", "failed", "cancelled"]);

/** Whether a pass with this outcome may have looked at nothing live: what it held does not show what is out of service. */
export function isUnseen({ kind }: PassOutcome): boolean {
  return UNSEEN.has(kind);
}

/** A pass that was killed has left what it began in the journal alone. */
function describeBegun({ outcome, begun, out_of_service }: StatusFacts): string {
  if (!isUnseen(outcome)) return "";
  const named = new Set(begun?.objects);
  const others = out_of_service.filter((address) => !named.has(address));
  return `${describeUnfinished(begun)}${describeOutOfService(others)}`;
}

/** Queues that a message names; more are counted. */
const MOST_QUEUES = 3;

/** A sentence, after a space; "" where all queues are served. */
function describeUnserved(unserved: readonly UnservedQueue[]): string {
  if (unserved.length === 0) return "";
  const named = unserved.map(({ queue, clusters: [first, ...rest] }) => {
    const more = rest.length === 0 ? "" : ` and ${rest.length} more`;
    return `${queue} (${first === undefined ? "none is there" : `${first}${more}`})`;
  });
  const who = unserved.length === 1 ? "Queue" : "Queues";
  return ` ${who} without a cluster in service, where work waits: ${listSome(named, MOST_QUEUES)}.`;
}

/** Reported beside everything else: it takes no plan to decide about it. */
function explainLeftBehind({ left_behind: [first, ...rest] }: StatusFacts): Reasons {
  if (first === undefined) return [];
  const more = rest.length === 0 ? "" : ` The same is true of ${countNoun(rest.length, "other object")}.`;
  return [["LeftBehind", `${first.message}${more}`]];
}

function explainPauses({ pauses, outcome }: StatusFacts): Reasons {
  const rest = describeOutOfService("held" in outcome ? findDrained(outcome.held) : []);
  return pauses
    .filter(({ address }) => address === null)
    .map(({ by, reason, until }) => {
      const why = reason === "" ? "" : ` (${reason})`;
      return [
        "TargetPaused",
        `Paused by ${by}${why} ${until === null ? "until it is resumed" : `until ${until}`}.${rest}`,
      ];
    });
}

function explainOutcome(facts: StatusFacts): Reasons {
  const { outcome } = facts;
  switch (outcome.kind) {
    case "synced":
      return explainSynced(facts);
    case "applied":
    case "held":
      return [...explainHeld(outcome.held), ...explainSynced(facts)];
    case "waiting":
      return [explainWaiting(outcome.report), ...explainHeld(outcome.held)];
    case "blocked":
      return [explainBlocked(outcome)];
    case "invalid":
      return [explainInvalid(outcome)];
    case "refused":
      return [["RevisionRefused", outcome.message]];
    case "inconclusive":
      return [[reasonOfInconclusive(outcome), outcome.message]];
    case "failed":
      return [explainFailed(outcome, facts)];
    case "cancelled":
      return [["Interrupted", `The last pass was interrupted: ${outcome.message}`]];
  }
}

type Outcome<K extends PassOutcome["kind"]> = Extract<PassOutcome, { readonly kind: K }>;

function explainSynced({ pinned_revision, pinned_as, nowhere: [first, ...rest] }: StatusFacts): Reasons {
  const others = rest.length === 0 ? "" : ` The same is true of ${countNoun(rest.length, "other queue")}.`;
  const nowhere = first === undefined ? "" : ` ${first}${others}`;
  const from = pinned_as === undefined ? "" : ` as ${pinned_as} was, which is not configured any more`;
  const pinned = `Pinned to revision ${pinned_revision}${from}: pushed commits are not applied until the branch is followed again.`;
  return [
    ["NothingToDo", `The live state matches the manifests.${nowhere}`],
    ...(pinned_revision === null ? [] : [["Pinned", pinned] as const]),
  ];
}

function explainWaiting({ steps, left_drained }: ApplyReport): Reasons[number] {
  const waiting = steps.filter(({ status }) => status === "waiting");
  const forOperator = waiting.length > 0 && waiting.every(({ until }) => until === "registered" || until === "healthy");
  const [first] = waiting;
  const what = first === undefined ? "" : ` ${first.address}: ${first.message ?? `until it is ${first.until}`}`;
  const message = joinSentences([what, describeOutOfService(left_drained)].map((part) => part.trim()));
  return forOperator
    ? ["OperatorAwaited", joinSentences(["Waiting for a data plane to report.", message])]
    : ["WorkInFlight", joinSentences(["Waiting for work to drain; no work is interrupted.", message])];
}

function explainBlocked({ checks, out_of_service = [] }: Outcome<"blocked">): Reasons[number] {
  const failed = checks.filter(({ status }) => status === "fail");
  const names = failed.map(({ name }) => name).join(", ");
  const count = countNoun(failed.length, "check");
  // A check has a line for each finding; a status is one line.
  const found = failed.flatMap(({ message }) => message.split("\n"));
  const more = found.length > MOST_FOUND ? ` And ${found.length - MOST_FOUND} more.` : "";
  const what = `${count} of the plan failed (${names}): ${found.slice(0, MOST_FOUND).join(" ")}${more}`;
  return ["CheckFailed", `${what}${describeOutOfService(out_of_service)}`];
}

function explainInvalid({ diagnostics }: Outcome<"invalid">): Reasons[number] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const where = first === undefined ? "" : ` The first: ${first.file}:${first.line}: ${first.summary}`;
  const count = countNoun(errors.length, "error");
  return ["ManifestsInvalid", `The manifests have ${count}; the last applied revision stays in effect.${where}`];
}

/** Codes with which a system says that it does not let us in. */
export const ACCESS_CODES: ReadonlySet<string> = new Set(["permission_denied", "unauthenticated", "source_refused"]);

/** Codes with which poolkeeper says that its own machine or container gives it too little. */
const RESOURCE_CODES: ReadonlySet<string> = new Set(["task_ended", NO_PROCESS]);

function reasonOfInconclusive({ step, code }: Outcome<"inconclusive">): StatusReason {
  if (STORE_CODES.has(code)) return "StoreUnavailable";
  if (RESOURCE_CODES.has(code)) return "InsufficientResources";
  if (code === "resource_exhausted") return "RateLimited";
  if (ACCESS_CODES.has(code)) return "AccessDenied";
  return step === "fetch" || step === "verify" ? "SourceUnreachable" : "ControlPlaneUnreachable";
}

/** A fault that may pass by itself is no failure before it has come a few times in a row. */
function explainFailed(
  { step, code, message }: Outcome<"failed">,
  { retriable, failures }: StatusFacts,
): Reasons[number] {
  if (STORE_CODES.has(code)) return ["StoreUnavailable", message];
  if (code === GIVEN_UP) return ["ChangeRefused", message];
  if (retriable && failures < FAILURES_BEFORE_FAILED) {
    return ["Retrying", `The pass failed and is retried from the newest revision (${code}): ${message}`];
  }
  if (code === "too_costly") return ["TooCostly", message];
  return [step === "apply" ? "StepFailed" : "PassFailed", `${message} (${code})`];
}
