import type { Address } from "../../model/address.ts";
import type { PolicyConfig } from "../../model/daemon/daemon-config.ts";
import type { Pause } from "../../model/daemon/daemon-records.ts";
import type { UnreviewedCommit } from "../../model/daemon/unreviewed.ts";
import { SERVER_REFUSED } from "../../model/ledger/refusal.ts";
import type { Approval } from "../../model/passes/approval.ts";
import { nameGiver } from "../../model/passes/decision.ts";
import type { HeldReason } from "../../model/passes/pass.ts";
import { isAllowed, listFailing } from "../../model/plan/is-allowed.ts";
import { nameWritten, type Writing } from "../../model/plan/name-changed.ts";
import type { Check, Plan, ShownFailure } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { nameFreeze, nameWindows } from "./bind-overrides.ts";
import { MOST_FOUND } from "./explain-held.ts";
import type { FoundApproval } from "./find-approval.ts";
import type { DriftVerdict } from "./judge-drift.ts";
import { judgeWindows } from "./judge-windows.ts";

/** Why a change does not run now. */
export interface Hold {
  readonly reason: HeldReason;
  /** For people: what lets it continue. */
  readonly message: string;
  /** As `HeldChange.ends`. */
  readonly ends?: string;
}

/** What an approval alone lets continue. */
export const ASKS: ReadonlySet<HeldReason> = new Set(["approval", "unreviewed", "rejected"]);

/** Who rejected something of a plan, when, and why. */
export interface Rejection {
  readonly by: string;
  readonly at: string;
  /** In its giver's words; left out or null: none are known. */
  readonly reason?: string | null;
  /** Where it does what was rejected; left out: anywhere. */
  readonly addresses?: ReadonlySet<Address>;
}

/** What holds are judged by. */
export interface HoldFacts {
  readonly plan: Writing & Pick<Plan, "checks">;
  readonly policy: PolicyConfig;
  readonly pauses: readonly Pause[];
  readonly drift: DriftVerdict;
  /** The addresses at which the plan does more than `auto_apply` allows. */
  readonly above: ReadonlySet<Address>;
  /** What came onto the branch without a plan that could be reviewed; all that it may have a hand in is among `above`. */
  readonly unreviewed: readonly UnreviewedCommit[];
  /** Where it is unknown who caused a change; all of them are among `above`. */
  readonly unclear: ReadonlySet<Address>;
  readonly found: FoundApproval | null;
  readonly rejection: Rejection | null;
  /** ISO 8601 in UTC. */
  readonly now: string;
  readonly begun: ReadonlySet<string>;
}

/** Gives why what a plan does at an address is held, or null; with the overrides that are in force, or with those given. */
export type JudgeHold = (address: Address, overrides?: readonly string[]) => Hold | null;

/** Prepares the verdict on each address. Of several reasons the widest is reported. */
export function judgeHolds(facts: HoldFacts): JudgeHold {
  const { found } = facts;
  const rules = [
    ...[holdByFreeze(facts), holdByWindow(facts), holdByPause(facts), holdByDrift(facts)],
    ...[holdByRefusal(facts), holdByGrade(facts)],
  ];
  return (address, overrides = found?.approval.overrides ?? []) => {
    const isCovered = found?.covers(address) === true;
    const lifted = new Set(isCovered ? overrides : []);
    for (const rule of rules) {
      const hold = rule(address, isCovered, lifted);
      if (hold !== null && !isLifted(hold.reason, lifted)) return hold;
    }
    return null;
  };
}

/** Why nothing at all is written to a target that is paused: a user works on it by hand. Null: it is not. */
export function holdByPauseOfTarget({ pauses, now }: Pick<HoldFacts, "pauses" | "now">): Hold | null {
  const pause = listPaused(pauses, now).find(({ address }) => address === null);
  return pause === undefined ? null : describeHold(pause);
}

/** Overrides that lift a hold; `drift` stands for all holds of drift. The name of any other override is a check's. */
export const HOLD_OVERRIDES: readonly string[] = [
  ...["freeze", "window", "paused", "drift"],
  ...([
    "drift_off",
    "drift_report",
    "drift_unconfirmed",
    "drift_destructive",
    "drift_contested",
  ] satisfies HeldReason[]),
];

/** Whether overrides lift a hold, but for those of freezes, windows and pauses: which of these are lifted is a matter of each. */
export function isLifted(reason: HeldReason, overrides: ReadonlySet<string>): boolean {
  if (NAMED_APART.has(reason)) return false;
  return overrides.has(reason) || (reason.startsWith("drift_") && overrides.has("drift"));
}

const NAMED_APART: ReadonlySet<HeldReason> = new Set([
  ...(["approval", "unreviewed", "rejected", "paused", "freeze", "window"] as const),
]);

type Rule = (address: Address, isCovered: boolean, lifted: ReadonlySet<string>) => Hold | null;

function holdByFreeze({ policy, found }: HoldFacts): Rule {
  const { freeze } = policy;
  if (freeze === null) return () => null;
  const shown = judgeShown(found, nameFreeze(policy));
  const message = `The target is frozen (${freeze.reason}): it continues when the freeze is removed from the daemon's configuration, or by an approval that overrides freeze.${shown.note}`;
  const hold = { reason: "freeze", message, ends: `the freeze ends (${freeze.reason})` } as const;
  return (_address, _isCovered, overrides) => (overrides.has("freeze") && shown.isShown ? null : hold);
}

function holdByWindow({ policy, now, begun, found }: HoldFacts): Rule {
  const verdict = judgeWindows(policy.windows, now);
  if (verdict.open) return () => null;
  const shown = judgeShown(found, nameWindows(verdict.closing));
  const message = `${verdict.message} It continues automatically then, or by an approval that overrides window.${shown.note}`;
  const hold = { reason: "window", message, ends: verdict.next ?? "a window opens" } as const;
  return (address, _isCovered, overrides) => {
    // What was taken out of service while it was allowed is not left so until the next window.
    if (begun.has(address)) return null;
    return overrides.has("window") && shown.isShown ? null : hold;
  };
}

/** Whether what holds everything stood when the approval was given that overrides it; and a sentence for people where it did not. */
function judgeShown(found: FoundApproval | null, hold: ShownFailure) {
  const isShown = found !== null && isAllowed(found.allowances, hold);
  const isLater = !isShown && found?.approval.overrides.includes(hold.check) === true;
  const note = isLater
    ? ` The approval by ${found.approval.by} overrides only the holds from before it; this one is newer.`
    : "";
  return { isShown, note };
}

function holdByPause({ plan, pauses, now, found }: HoldFacts): Rule {
  const findPauses = openPauses(plan, listPaused(pauses, now));
  return (address, _isCovered, overrides) => {
    const counting = findPauses(address).filter(
      (pause) => !isPauseLifted(pause, { overrides, given: found?.approval.at }),
    );
    const pause = counting.find((one) => one.address === null) ?? counting[0];
    return pause === undefined ? null : describeHold(pause);
  };
}

/** What a pause holds, as its giver said. */
export function describeHold(pause: Pause): Hold {
  return { reason: "paused", message: describePause(pause), ends: pause.until ?? `${pause.by}'s pause ends` };
}

/** The pauses that hold at a moment (ISO 8601). */
export function listPaused(pauses: readonly Pause[], now: string): readonly Pause[] {
  return pauses.filter(({ until }) => until === null || Date.parse(now) < Date.parse(until));
}

/**
 * Gives the pauses that are in the way of what a plan does at an address: of the target, of the object under any name, and of each other
 * object that is written to for its sake.
 */
export function openPauses(plan: Writing, pauses: readonly Pause[]): (address: Address) => readonly Pause[] {
  const written = nameWritten(plan);
  return (address) => pauses.filter((pause) => isPausedBy(pause, written.get(address) ?? new Set([address])));
}

/** Whether a pause is of the whole target, or of an object that has one of these addresses. */
export function isPausedBy(
  { address, registered_as = null }: Pick<Pause, "address" | "registered_as">,
  addresses: ReadonlySet<Address>,
): boolean {
  return address === null || addresses.has(address) || (registered_as !== null && addresses.has(registered_as));
}

/** Whether an approval with the override `paused` lifts a pause: its giver could know of no later one. */
export function isPauseLifted(
  { at }: Pick<Pause, "at">,
  { overrides, given }: { readonly overrides: ReadonlySet<string>; readonly given: Approval["at"] | undefined },
): boolean {
  return overrides.has("paused") && given !== undefined && Date.parse(at) <= Date.parse(given);
}

function describePause({ address, by, reason, until }: Pause): string {
  const what = address === null ? "The target" : address;
  const why = reason === "" ? "" : ` (${reason})`;
  const end = until === null ? "until it is resumed" : `until ${until}`;
  return `${what} was paused by ${by}${why} ${end}.`;
}

function holdByDrift({ drift }: HoldFacts): Rule {
  return (address) => drift.holds.get(address) ?? null;
}

/** What the control plane has refused permanently is tried again by an override that was given since, and once: then it is another refusal. */
function holdByRefusal({ plan: { checks }, found }: HoldFacts): Rule {
  const refused = checks.find(({ name, status }) => name === SERVER_REFUSED && status === "fail");
  if (refused === undefined) return () => null;
  const failing = new Set(listFailing(refused));
  return (address, _isCovered, overrides) => {
    if (!failing.has(address)) return null;
    const concerns = (refused.concerns ?? []).filter((name) => name.startsWith(`${address}@`));
    const failure = { check: SERVER_REFUSED, addresses: [address], concerns };
    if (overrides.has(SERVER_REFUSED) && isAllowed(found?.allowances ?? [], failure)) return null;
    return { reason: "server_refused", message: refused.message };
  };
}

function holdByGrade({ above, policy, unreviewed, unclear, drift, rejection }: HoldFacts): Rule {
  const drifted = new Set<Address>([...drift.addresses, ...drift.holds.keys()]);
  const [first] = unreviewed;
  const usual: Hold = { reason: "approval", message: describeAbove(policy) };
  const unseen: Hold | null =
    first === undefined ? null : { reason: "unreviewed", message: describeUnreviewed(first, unreviewed.length - 1) };
  return (address, isCovered) => {
    if (!above.has(address) || isCovered) return null;
    const isRejected = rejection !== null && rejection.addresses?.has(address) !== false;
    if (isRejected) return { reason: "rejected", message: describeRejection(rejection) };
    return drifted.has(address) ? usual : (unseen ?? (unclear.has(address) ? UNCLEAR : usual));
  };
}

/** Why what is above the grade that runs by itself waits. */
export function describeAbove({ auto_apply }: Pick<PolicyConfig, "auto_apply">): string {
  return `It needs approval (auto_apply: ${auto_apply}).`;
}

const UNCLEAR: Hold = {
  reason: "approval",
  message:
    "It is unknown whether a commit or an outside change caused this: what was applied last is not fully on record, as after an interrupted run or an earlier release. Approve it to set what the manifest says, or commit what is live.",
};

function describeRejection(rejection: Rejection): string {
  return `The plan was rejected by ${nameGiver(rejection)} at ${rejection.at}. Revert it in the manifests, or approve it.`;
}

function describeUnreviewed({ commit, request, why }: UnreviewedCommit, others: number): string {
  const what =
    request === null
      ? `Commit ${commit.slice(0, 12)} has no plan that could be reviewed`
      : `Request ${request.number} was merged without a plan that could be reviewed`;
  const more = others === 0 ? "" : `, and ${countNoun(others, "other commit")} like it`;
  return `${what}: ${why}${more}. It continues after an approval of this plan${request === null ? ", or once that is known" : ""}.`;
}

/** Why what a failed check stops stays as it is. Each object that is held has it, so that of many findings it has the first. */
export function describeCheck({ name, message }: Check): Hold {
  const found = message.split("\n");
  const more = found.length - MOST_FOUND;
  const shown = [...found.slice(0, MOST_FOUND), ...(more > 0 ? [`... and ${more} more.`] : [])].join("\n");
  return { reason: "check", message: `The check ${name} of the plan fails: ${shown}` };
}
