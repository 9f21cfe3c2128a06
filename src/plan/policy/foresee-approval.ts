import type { Address } from "../../model/address.ts";
import { SERVER_REFUSED } from "../../model/ledger/refusal.ts";
import type { HeldReason } from "../../model/passes/pass.ts";
import { classifyChanges } from "../../model/plan/classify-changes.ts";
import { type Foresight, IN_FLIGHT, type Offer } from "../../model/plan/foresight.ts";
import { listOverridable } from "../../model/plan/is-allowed.ts";
import type { Check, Plan } from "../../model/plan/plan.ts";
import { bindOverrides } from "./bind-overrides.ts";
import { foreseeBlocked } from "./block-rest.ts";
import { type Decision, decideWhatRuns, isCovered, type Situation } from "./decide-what-runs.ts";
import type { ApprovedPlan } from "./find-approval.ts";
import { foreseeRerouting } from "./hold-rerouting.ts";
import { listPaused } from "./judge-holds.ts";
import { judgeWindows } from "./judge-windows.ts";
import { listInterruptible } from "./list-allowances.ts";

/**
 * Says what would come of an approval before it is given, by asking {@link decideWhatRuns} with it: now, and at each moment until it
 * expires at which a window or a pause may let something continue. A queue that would send work where the plan does not waits,
 * and nothing runs where the last pass found that the rest fails without what is held.
 */
export function foreseeApproval(situation: Situation, approved: ApprovedPlan): Foresight {
  const tryWith = openTry(situation, approved);
  const given = approved.approval.overrides;
  if (!isCovered({ ...situation, approvals: [approved] })) return { kind: "stale", at: null, message: "", offers: [] };
  const all = completeOverrides(tryWith, given);
  const offering = { tryWith, given, all };
  const offers = [...listOffers(situation, offering), ...offerInterruption(situation, offering)];
  const now = tryWith(given);
  if (now.isUsed) return { kind: "runs", at: null, message: "", offers };
  const moment = findMoment(situation, approved, (changed) => tryWith(given, changed).isUsed);
  // It continues by itself: an override only makes it sooner, or more.
  const free = offers.map((offer) => ({ ...offer, needed: false }));
  if (moment !== null) return { kind: "later", at: moment.at, message: "", offers: free };
  const message = now.decision.blocked[0]?.message ?? now.decision.held[0]?.message ?? "";
  return { kind: message === "" ? "idle" : "held", at: null, message, offers };
}

/**
 * The overrides of an approval that change nothing, regardless of what is overridden beside each: the same runs without it, and the same checks
 * are overridden. `window` is never one of them where the target has windows: one that is open may close before the rollout begins.
 */
export function findIdleOverrides(situation: Situation, approved: ApprovedPlan): readonly string[] {
  const tryWith = openTry(situation, approved);
  const given = approved.approval.overrides;
  const all = completeOverrides(tryWith, given);
  const describe = (overrides: readonly string[]) => {
    const { decision } = tryWith(overrides);
    const blocked = decision.blocked.map(({ name }) => name);
    return JSON.stringify([listRunning(situation.plan, decision), blocked, decision.allow]);
  };
  return given.filter((name) => {
    if (name === OVERRIDE_OF.window && situation.policy.windows.length > 0) return false;
    const others = all.filter((other) => !isAlike(name, other));
    return describe(others) === describe([...others, name]);
  });
}

/** Whether one of the overrides is the other, or one hold of it. */
function isAlike(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}_`) || other.startsWith(`${one}_`);
}

function openTry(situation: Situation, approved: ApprovedPlan): Try {
  return (overrides, changed = {}) => {
    const given = { ...approved.approval, overrides };
    const approval = { ...given, allowances: bindOverrides({ ...approved, approval: given }, situation.policy) };
    // An approval that is given after a rejection counts.
    const tried = { ...situation, ...changed, rejection: null, approvals: [{ ...approved, approval }] };
    const decision = foreseeBlocked(foreseeRerouting(decideWhatRuns(tried), tried), tried);
    return { decision, isUsed: decision.approval !== null };
  };
}

/** What a decision comes to under an approval. */
interface Tried {
  readonly decision: Decision;
  /** Whether something runs because of the approval. */
  readonly isUsed: boolean;
}

type Try = (overrides: readonly string[], changed?: Partial<Situation>) => Tried;

/** The check that fails by that name; where it fails at more addresses as long as what was changed outside stays, that one. */
function findFailed({ checks }: Plan, name: string): Check | undefined {
  return checks.findLast((check) => check.name === name && (check.status === "fail" || check.beside_drift === true));
}

/** All overrides that let something more of the plan run, those that are given first. */
function completeOverrides(tryWith: Try, given: readonly string[]): readonly string[] {
  let names = given;
  for (;;) {
    const { decision } = tryWith(names);
    const holds = decision.held.flatMap(({ reason }) => OVERRIDE_OF[reason] ?? []);
    const more = [...holds, ...decision.blocked.map(({ name }) => name)].filter((name) => !names.includes(name));
    if (more.length === 0) return names;
    names = [...names, ...new Set(more)];
  }
}

/** The override that lifts a hold of a reason; null: an approval alone does. */
const OVERRIDE_OF: Readonly<Record<HeldReason, string | null>> = {
  approval: null,
  unreviewed: null,
  rejected: null,
  check: null,
  server_refused: SERVER_REFUSED,
  freeze: "freeze",
  window: "window",
  paused: "paused",
  drift_off: "drift",
  drift_report: "drift",
  drift_unconfirmed: "drift",
  drift_destructive: "drift",
  drift_contested: "drift",
};

interface Offering {
  readonly tryWith: Try;
  readonly given: readonly string[];
  readonly all: readonly string[];
}

function listOffers({ plan }: Situation, { tryWith, given, all }: Offering): readonly Offer[] {
  const most = tryWith(all);
  // Where not even all of them let anything run, none is worth being asked for.
  if (!most.isUsed) return [];
  const names = all.filter((name) => !given.includes(name));
  const needed = new Set(findNeeded(tryWith, { given, names }));
  const running = listRunning(plan, most.decision);
  return names.flatMap((name): readonly Offer[] => {
    const check = findFailed(plan, name);
    if (check !== undefined) {
      const failing = listOverridable(check);
      return failing === null ? [] : [{ name, addresses: failing, needed: needed.has(name) }];
    }
    const without = new Set(listRunning(plan, tryWith(all.filter((other) => other !== name)).decision));
    const addresses = running.filter((address) => !without.has(address));
    return addresses.length === 0 ? [] : [{ name, addresses, needed: needed.has(name) }];
  });
}

/** Nothing needs it to run: a delete waits for work without it. */
function offerInterruption({ plan }: Situation, { tryWith, given, all }: Offering): readonly Offer[] {
  if (given.includes(IN_FLIGHT)) return [];
  const { decision, isUsed } = tryWith([...all, IN_FLIGHT]);
  if (!isUsed) return [];
  const busy = new Set(listInterruptible(plan));
  const addresses = listRunning(plan, decision).filter((address) => busy.has(address));
  return addresses.length === 0 ? [] : [{ name: IN_FLIGHT, addresses, needed: false }];
}

/** The fewest of the names, or near to it, that something runs with; none where it does without. */
function findNeeded(
  tryWith: Try,
  { given, names }: { readonly given: readonly string[]; readonly names: readonly string[] },
): readonly string[] {
  if (tryWith(given).isUsed) return [];
  return names.reduce<readonly string[]>((kept, name) => {
    const fewer = kept.filter((other) => other !== name);
    return tryWith([...given, ...fewer]).isUsed ? fewer : kept;
  }, names);
}

function listRunning(plan: Plan, { run, held }: Decision): readonly Address[] {
  if (run === "none") return [];
  const left = new Set(held.map(({ address }) => address));
  return classifyChanges(plan).flatMap(({ address, grade }) =>
    grade === "none" || left.has(address) ? [] : [address],
  );
}

/** The first moment at which something runs by itself; null: there is none before the approval expires. */
function findMoment(
  situation: Situation,
  { approval }: ApprovedPlan,
  runs: (changed: Partial<Situation>) => boolean,
): { readonly at: string | null } | null {
  const isSeen = { drift: { ...situation.drift, sightings: 0 } };
  if (runs(isSeen)) return { at: null };
  let at = nextMoment(situation, situation.now);
  for (let turn = 0; turn < MOST_MOMENTS && at !== null && at < approval.expires_at; turn += 1) {
    if (runs({ ...isSeen, now: at })) return { at };
    at = nextMoment(situation, at);
  }
  return null;
}

/** Windows and pauses that are looked ahead over. */
const MOST_MOMENTS = 20;

function nextMoment({ policy, pauses }: Situation, now: string): string | null {
  const { open, next } = judgeWindows(policy.windows, now);
  const ends = listPaused(pauses, now).flatMap(({ until }) => until ?? []);
  return [...ends, ...(open || next === null ? [] : [next])].sort()[0] ?? null;
}
