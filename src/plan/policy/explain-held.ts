import type { Begun } from "../../model/daemon/daemon-records.ts";
import { type HeldChange, type HeldReason, nameHeld } from "../../model/passes/pass.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { listSome } from "../../model/text/list-some.ts";
import type { StatusReason } from "./status-reasons.ts";

/** Findings of checks that one message names; more are counted. */
export const MOST_FOUND = 5;

/** Reasons of a status, each with its message for people. */
export type Reasons = readonly (readonly [StatusReason, string])[];

/** What each hold makes of a target. */
const REASONS: Readonly<Record<HeldReason, StatusReason>> = {
  approval: "ApprovalNeeded",
  unreviewed: "ApprovalNeeded",
  rejected: "Rejected",
  check: "CheckFailed",
  server_refused: "ChangeRefused",
  freeze: "Frozen",
  window: "WindowClosed",
  paused: "ObjectPaused",
  drift_report: "Drift",
  drift_destructive: "Drift",
  drift_contested: "DriftContested",
  drift_unconfirmed: "DriftUnconfirmed",
  drift_off: "DriftIgnored",
};

/** Addresses that are named in one message. */
const MOST_NAMED = 5;

/** The sentence that names what is out of service, after a space; "" where nothing is. */
export function describeOutOfService(addresses: readonly string[]): string {
  return addresses.length === 0 ? "" : ` Out of service until then: ${listSome(addresses, MOST_NAMED)}.`;
}

/** The sentence that names what a rollout has begun and not finished, after a space; "" where it has begun nothing. */
export function describeUnfinished(begun: Pick<Begun, "objects" | "drains"> | null): string {
  if (begun === null || begun.objects.length === 0) return "";
  const rest = begun.drains === false ? "" : ": what it has drained there takes no work until it continues";
  return ` A rollout waits half-way at ${listSome(begun.objects, MOST_NAMED)}${rest}.`;
}

/** What of the held changes is out of service in the meantime. */
export function findDrained(held: readonly HeldChange[]): readonly string[] {
  return held.filter(({ out_of_service }) => out_of_service === true).map(({ address }) => address);
}

/** What the held changes of a pass make of its target: a reason for each kind of hold, with the first change that it holds and why that one is held. */
export function explainHeld(held: readonly HeldChange[]): Reasons {
  const groups = Map.groupBy(held, ({ reason }) => REASONS[reason]);
  return [...groups].map(([status, changes]) => {
    const [first] = changes;
    const rest = changes.length > 1 ? ` and ${countNoun(changes.length - 1, "other change")}` : "";
    const what = first === undefined ? "" : `${nameHeld(first)}${rest}: ${first.message}`;
    return [status, `${what}${describeOutOfService(findDrained(changes))}`];
  });
}
