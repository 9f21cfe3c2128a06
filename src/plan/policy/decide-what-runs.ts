import type { Address } from "../../model/address.ts";
import type { DriftConfig, PolicyConfig } from "../../model/daemon/daemon-config.ts";
import type { Contest, Pause, Sighting } from "../../model/daemon/daemon-records.ts";
import type { UnreviewedCommit } from "../../model/daemon/unreviewed.ts";
import { SERVER_REFUSED, TAKEN_BACK } from "../../model/ledger/refusal.ts";
import type { Approval } from "../../model/passes/approval.ts";
import type { HeldChange } from "../../model/passes/pass.ts";
import { classifyChanges, exceeds } from "../../model/plan/classify-changes.ts";
import { isAllowed, listFailing } from "../../model/plan/is-allowed.ts";
import type { Grade } from "../../model/plan/plan.ts";
import { type Allowance, type Check, isNoOp, type LeftFields, type Plan } from "../../model/plan/plan.ts";
import { isPutBack, isPutBackStep, leavePutBacks, nameChosen } from "../../model/plan/put-back.ts";
import { withoutHolds } from "./bind-overrides.ts";
import { type ApprovedPlan, type FoundApproval, findApproval } from "./find-approval.ts";
import { findOutOfService } from "./find-out-of-service.ts";
import { holdDependents } from "./hold-dependents.ts";
import { releaseContests } from "./judge-contest.ts";
import type { Standing } from "./judge-decisions.ts";
import { type DriftVerdict, judgeDrift, markReverted, recogniseDrift } from "./judge-drift.ts";
import { judgeShared, listAll, listLeftBeside } from "./judge-fields.ts";
import {
  describeCheck,
  describeHold,
  type Hold,
  holdByPauseOfTarget,
  type JudgeHold,
  judgeHolds,
  listPaused,
  openPauses,
  type Rejection,
} from "./judge-holds.ts";
import { letsThrough } from "./list-allowances.ts";
import { addLaterChecks, countChecks, findApart, findFailingApart, listAside, staysAside } from "./list-aside.ts";

/** Everything that decides what of a plan may run now. */
export interface Situation {
  readonly plan: Plan;
  /** The same without the fields that were changed outside alone, where a commit has a part in the change, too; left out: there are none. */
  readonly lean?: Plan;
  readonly policy: PolicyConfig;
  readonly drift: DriftConfig;
  /** The target's approvals, each with its plan; those that have ended may be among them. */
  readonly approvals: readonly ApprovedPlan[];
  /** Who rejected something of the plan; null: no one, or it was approved since. */
  readonly rejection: Rejection | null;
  /** All rejections that stand against the plan, newest first; left out: none. Those that are about nothing that is left of it too. */
  readonly rejections?: readonly Standing[];
  readonly pauses: readonly Pause[];
  readonly sightings: readonly Sighting[];
  /** What was set back lately. */
  readonly contests: readonly Contest[];
  /** The revision that was applied in full last. */
  readonly appliedRevision: string | null;
  /** The addresses at which it is unknown whether a commit or another writer caused a change; left out: none. */
  readonly unclear?: ReadonlySet<Address>;
  /** What came onto the branch since then without a plan that could be reviewed. */
  readonly unreviewed: readonly UnreviewedCommit[];
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** The addresses at which the rollout has begun and not finished something; it may finish after the windows close. */
  readonly begun: ReadonlySet<string>;
  /** What takes no work by the drains of an unfinished rollout, as `KIND.NAME`; left out: nothing. */
  readonly drained?: ReadonlySet<string>;
  /** What the last pass of this plan found to fail in the rest of it; left out: nothing. */
  readonly rest?: FailedRest;
  /** What fails in the plan without some of `Decision.aside`, and the checks that count that with the rest; left out: not known, and every failed check counts. */
  readonly apart?: FailedRest;
}

/** A part of a plan that fails checks of its own, as it lacks what is held. */
export interface FailedRest {
  readonly without: readonly Address[];
  readonly checks: readonly Check[];
}

/** What of a plan runs now, and why the rest does not. */
export interface Decision {
  /** Of all but what is put back. `part`: the plan is made again with `exclude`. */
  readonly run: "all" | "part" | "none";
  /** What is put back, regardless of the rest. */
  readonly put_back: readonly Address[];
  /** What is left out of the plan; empty unless a part runs. */
  readonly exclude: readonly Address[];
  /** Fields that stay as they are live at addresses that a part has: the plan is made again with `leave`. Empty unless a part runs. */
  readonly leave: readonly LeftFields[];
  /** What of the checks the approval overrides: where the approved plan showed that they fail. */
  readonly allow: readonly Allowance[];
  /** The failed checks that stop the plan: while there is one, nothing of it runs. */
  readonly blocked: readonly Check[];
  /** What is held while the rest of the plan fails these checks; left out: the plan as a whole fails them. */
  readonly without?: readonly Address[];
  /** Why what closed windows do not hold by themselves waits for them, too; left out: nothing does. */
  readonly rest?: FailedRest;
  readonly held: readonly HeldChange[];
  /** What no approval lets run as long as its hold lasts, without its override: a check that it alone makes fail counts only then. */
  readonly aside: readonly Address[];
  /** What it runs under, and whether the rollout begins with it or continues; null: without an approval, or not at all. */
  readonly approval: { readonly approval: Approval; readonly rollout: "opens" | "goes_on" } | null;
  /** The addresses whose changes run under the approval; the others would run without it. */
  readonly approved: readonly Address[];
  /** To be kept in place of the earlier ones. */
  readonly sightings: readonly Sighting[];
  readonly drift: Pick<DriftVerdict, "addresses" | "confirmed" | "holds"> & {
    /** Those at which no commit asks for anything that runs. */
    readonly alone: readonly Address[];
  };
}

/**
 * Decides what of a plan may run now. The rules, of which the first that applies is reported: freeze, windows and a pause of the target
 * hold everything, a pause of an address that address; what was changed outside follows the configuration of drift; and all
 * that is above `auto_apply`, drift included, needs an approval, as does all that commits ask for where one of them could not be reviewed, and
 * all changes of unknown cause. An approval's overrides lift holds for what its plan does and for nothing beside it. What depends on
 * something held is held with it. A check that fails anywhere in the plan stops all of it, even where the failing part waits for an approval; what
 * stays as it was changed outside does not count, as no commit could ever pass beside it, nor what only `apart` shows to be caused by what a
 * pause or another hold leaves aside. Where commits and another writer have changed
 * fields of one object, each field follows its own rule: what commits ask for is judged as if the others were left alone, but for checks
 * where all of the others are undone with it. None of this is
 * about what an interrupted delete took along: that was allowed with the delete, which promised to put it back, and may be another writer's;
 * only pauses hold it, that of its object with all that comes after it. To be asked once in each pass, with its whole plan: it counts sightings.
 */
export function decideWhatRuns(whole: Situation): Decision {
  const situation = leaveOut(whole);
  const { plan } = situation;
  const { view, grades, judged, above, found, unclear } = prepare(situation);
  const writes = [...grades].filter(([, grade]) => grade !== "none").map(([address]) => address);
  const judgeWith = (drift: DriftVerdict) => judgeHolds({ ...situation, plan: view, drift, above, found, unclear });
  const resting = holdPutBacks(whole);
  const hold = (judge: JudgeHold) =>
    holdDependents(
      view,
      keepHeld(writes, (address) => judge(address) ?? resting.get(address) ?? null),
      situation.begun,
    );
  const holdWith = (drift: DriftVerdict) => hold(judgeWith(drift));
  const drift = releaseContests(judged, {
    ...{ plan: view, begun: situation.begun, committed: listCommitted(situation), holdWith },
  });
  const judge = judgeWith(drift);
  const stopped = hold(judge);
  const aside = listAside(writes, stopped);
  const isAside = new Set([...aside, ...[...resting.keys()].filter((address) => !stopped.has(address))]);
  const apart = findApart(situation, isAside);
  const isCounted = countChecks(apart);
  const known: Failing = {
    isDrift: (address) => isHeldDrift(address as Address, stopped, drift),
    failsApart: findFailingApart(apart),
  };
  const wholly = listBlocking(view, found?.allowances ?? [], known);
  const failing = wholly.filter(isCounted);
  const undoing = listBlocking(plan, found?.allowances ?? [], known).filter(isCounted);
  const together = judgeShared(situation, { drift, found, held: stopped, blocked: undoing, judge });
  // What fails only where fields stay as they were changed outside fails no more where all of them are undone.
  const isMended = undoing.length === 0 && [...together.values()].every(({ hold }) => hold === null);
  const blocked = isMended ? [] : failing;
  const overlooked = wholly.filter((check) => !isCounted(check));
  const held = holdBlocked(writes, addLaterChecks(stopped, { aside, checks: overlooked }), blocked);
  const facts = { drift, found, held, blocked: blocked.length > 0 ? [] : undoing, judge };
  const shared = isMended ? together : judgeShared(situation, facts);
  const isUndone = (address: Address) => shared.get(address)?.hold === null;
  const running = writes.filter((address) => !held.has(address));
  const undone = [...shared.keys()].filter(isUndone);
  const back = listPutBack(whole.plan);
  const pause = running.length + undone.length === 0 ? holdByPauseOfTarget(whole) : null;
  const waiting = new Map(
    back.flatMap((address) => {
      const hold = pause ?? resting.get(address);
      return hold === undefined ? [] : [[address, hold] as const];
    }),
  );
  const isIdle = running.length + undone.length === 0 && held.size + waiting.size + blocked.length > 0;
  // What fails although all of the plan is held is over once it is allowed: the rest is on record from then on, as it is.
  const isLetBe =
    found !== null &&
    apart !== null &&
    blocked.length === 0 &&
    staysAside(stopped, pause) &&
    listBlocking(view, [], known).some(isCounted);
  const isStopped = isIdle && !isLetBe;
  const leave = [...shared].flatMap(([address, { left }]) => (left === null ? [] : [{ address, ...left }]));
  const run = isStopped ? "none" : held.size + waiting.size + leave.length === 0 ? "all" : "part";
  const needsIt = (address: Address) => judge(address, NO_OVERRIDES) !== null || above.has(address);
  const lifted = undone.filter((address) => shared.get(address)?.isApproved === true);
  // Where a check fails that the approval overrides, nothing of the plan runs without it, not even what is harmless.
  const isUsed = ({ approval, allowances }: FoundApproval) =>
    approval.state === "running" ||
    running.some(needsIt) ||
    lifted.length > 0 ||
    (blocked.length === 0 && letsThrough(allowances, view));
  const outOfService = new Set(findOutOfService(plan, situation));
  const counts = found !== null && run !== "none" && isUsed(found) ? found : null;
  return {
    run,
    put_back: back.filter((address) => !waiting.has(address)),
    exclude:
      run === "part"
        ? [...[...held.keys()].filter((address) => !isUndone(address)), ...listWaiting(whole.plan, waiting)]
        : [],
    leave: run === "part" ? leave : [],
    allow: withoutHolds(counts?.allowances ?? []),
    blocked,
    ...(apart !== null && blocked.length > 0 ? { without: apart.without } : {}),
    aside,
    held: [
      ...listAll(new Map([...waiting, ...held]), shared).map(
        ({ address, hold: { reason, message, ends }, fields }) => ({
          ...{ address, reason, message },
          ...(fields === null ? {} : { fields: fields.map((path) => path.join(".")) }),
          ...(ends === undefined ? {} : { ends }),
          ...(outOfService.has(address) ? ({ out_of_service: true } as const) : {}),
        }),
      ),
      ...listRefused(plan).filter(({ address }) => !held.has(address) && !waiting.has(address)),
    ],
    approval: counts === null ? null : describeRollout(counts.approval),
    approved: counts === null ? [] : [...new Set([...running.filter(counts.covers), ...lifted])],
    sightings: markReverted(drift.sightings, (address) =>
      shared.has(address) ? isUndone(address) : !held.has(address),
    ),
    drift: {
      addresses: drift.sightings.map(({ address }) => address),
      confirmed: drift.confirmed,
      holds: new Map([...drift.holds, ...listLeftBeside(held, shared)]),
      alone: [...drift.addresses, ...undone.filter((address) => !running.includes(address))],
    },
  };
}

/** What is judged: all but what is put back. */
function leaveOut(situation: Situation): Situation {
  const approvals = situation.approvals.map(({ approval, plan }) => ({ approval, plan: leavePutBacks(plan) }));
  const lean = situation.lean === undefined ? {} : { lean: leavePutBacks(situation.lean) };
  return { ...situation, approvals, plan: leavePutBacks(situation.plan), ...lean };
}

/** The put-backs whose objects are paused, with all that comes after them: nothing is done on top of what is not there. */
function holdPutBacks({ plan, pauses, now, begun }: Situation): ReadonlyMap<Address, Hold> {
  const backs = {
    changes: plan.changes.filter(isPutBack),
    steps: plan.steps.filter(isPutBackStep),
    ownership: { claim: [] },
  };
  const own = listPaused(pauses, now).filter(({ address }) => address !== null);
  const findPauses = openPauses(backs, own);
  const paused = backs.changes.flatMap(({ address }) => {
    const [pause] = findPauses(address);
    return pause === undefined ? [] : [[address, describeHold(pause)] as const];
  });
  return holdDependents(plan, new Map(paused), begun);
}

/** What leaves out the put-backs that wait, regardless of what else is done at their addresses. */
function listWaiting({ changes }: Plan, waiting: ReadonlyMap<Address, Hold>): readonly Address[] {
  return changes.filter((change) => isPutBack(change) && waiting.has(change.address)).map(nameChosen({ changes }));
}

function listPutBack({ changes }: Plan): readonly Address[] {
  return changes.filter(isPutBack).map(({ address }) => address);
}

const NO_OVERRIDES: readonly string[] = [];

/** Whether an address keeps what was changed there outside. What only depends on it is what a commit asks for. */
function isHeldDrift(address: Address, held: ReadonlyMap<Address, Hold>, { holds }: DriftVerdict): boolean {
  return holds.has(address) && held.has(address);
}

/** What is known of where checks fail. */
interface Failing {
  /** Whether an address keeps what was changed there outside. */
  readonly isDrift: (address: string) => boolean;
  readonly failsApart: ReturnType<typeof findFailingApart>;
}

/** The checks that fail and that nothing overrides, unless they fail only where drift stays. */
function listBlocking(
  { checks, changes }: Plan,
  allow: readonly Allowance[],
  { isDrift, failsApart }: Failing,
): readonly Check[] {
  const changed = new Set<string>(changes.map(({ address }) => address));
  return checks.filter((check) => {
    // It holds what it is about, and nothing beside it.
    if (check.status !== "fail" || check.name === SERVER_REFUSED) return false;
    const isApart = (address: string) => failsApart(check, address);
    const staysDrifted = (address: string) => isDrift(address) && !isApart(address);
    const failing = listFailing(check);
    const own = failing.filter((address) => changed.has(address));
    // Of what is left out no check fails any more, even if it names other addresses too, unless it is known to.
    const counting = own.length > 0 ? [...own, ...failing.filter(isApart)] : failing;
    if (failing.length > 0 && counting.every(staysDrifted)) return false;
    const isRefused = (check.refused ?? []).some((address) => !staysDrifted(address));
    const left = failing.filter((address) => !staysDrifted(address));
    return isRefused || !isAllowed(allow, { ...check, check: check.name, addresses: left });
  });
}

/** What is not applied by what runs instead: what was drained for it is put back into service. */
function listRefused({ notices }: Plan): readonly HeldChange[] {
  return notices
    .filter(({ code }) => code === TAKEN_BACK)
    .flatMap(({ addresses, message }) =>
      addresses.map((address) => ({ address: address as Address, reason: "server_refused", message }) as const),
    );
}

/** Holds what nothing else holds, too, where a check stops the plan. */
function holdBlocked(
  writes: readonly Address[],
  held: ReadonlyMap<Address, Hold>,
  blocked: readonly Check[],
): ReadonlyMap<Address, Hold> {
  const [first] = blocked;
  if (first === undefined) return held;
  return new Map(writes.map((address) => [address, held.get(address) ?? describeCheck(first)]));
}

/** Whether one of the approvals is of this plan, or of one that it is what is left of; regardless of what may run under it. */
export function isCovered(situation: Situation): boolean {
  return prepare(leaveOut(situation)).found !== null;
}

/** The addresses at which a plan needs an approval, whether it has one or not. */
export function listAbove(situation: Situation): ReadonlySet<Address> {
  return prepare(leaveOut(situation)).above;
}

function prepare(situation: Situation) {
  const { plan, policy, lean } = situation;
  // An approval is of the whole as it was shown.
  const view = lean === undefined ? besideDrift(plan) : { ...lean, digest: plan.digest };
  const grades = new Map(classifyChanges(view).map(({ address, grade }) => [address, grade]));
  const judged = judgeDrift({ ...situation, grades });
  const unreviewed = listUnreviewed(situation, grades, judged);
  const unclear = listUnclear(situation, judged);
  const needsIt = (address: Address) => unreviewed.has(address) || unclear.has(address);
  const isAbove = (address: Address, grade: Grade) =>
    exceeds(grade, policy.auto_apply) || (grade !== "none" && needsIt(address));
  const above = new Set([...grades].filter(([address, grade]) => isAbove(address, grade)).map(([address]) => address));
  const needed = listNeeded({ ...situation, plan: view }, above, judged);
  const found = findApproval({ ...situation, plan: view, above, needed });
  return { view, grades, judged, above, found, unclear };
}

/** Where no plan was made without what was changed outside, the plan that was kept says what fails then. */
function besideDrift(plan: Plan): Plan {
  const checks = plan.checks.map(
    (check): Check => (check.beside_drift === true ? { ...check, status: "fail" } : check),
  );
  return { ...plan, checks };
}

/** Where it is unknown who caused a change, and it is not taken for drift. */
function listUnclear({ unclear }: Situation, { addresses, holds }: DriftVerdict): ReadonlySet<Address> {
  return new Set([...(unclear ?? [])].filter((address) => !addresses.includes(address) && !holds.has(address)));
}

/** Where a commit that could not be reviewed may have a hand in what is written: anywhere but where something was changed outside. */
function listUnreviewed(
  { unreviewed }: Situation,
  grades: ReadonlyMap<Address, Grade>,
  { addresses, holds }: DriftVerdict,
): ReadonlySet<Address> {
  if (unreviewed.length === 0) return new Set();
  const drifted = new Set<Address>([...addresses, ...holds.keys()]);
  const written = [...grades].filter(([, grade]) => grade !== "none").map(([address]) => address);
  return new Set(written.filter((address) => !drifted.has(address)));
}

/** Where a commit asks for something. */
function listCommitted({ plan, lean = plan, appliedRevision, sightings }: Situation): ReadonlySet<Address> {
  const isDrift = recogniseDrift({ revision: plan.revision, appliedRevision, sightings });
  const committed = lean.changes.filter((change) => !isNoOp(change) && !isDrift(change));
  return new Set(committed.map(({ address }) => address));
}

/** Neither what is paused nor what was changed outside stops a rollout: it stays as it is, beside it. */
function listNeeded(
  { plan, pauses, now }: Situation,
  above: ReadonlySet<Address>,
  { addresses, holds }: DriftVerdict,
): ReadonlySet<Address> {
  const drifted = new Set<Address>([...addresses, ...holds.keys()]);
  const own = listPaused(pauses, now).filter(({ address }) => address !== null);
  const findPauses = openPauses(plan, own);
  return new Set([...above].filter((address) => !drifted.has(address) && findPauses(address).length === 0));
}

function keepHeld(addresses: readonly Address[], judge: JudgeHold): ReadonlyMap<Address, Hold> {
  const held = new Map<Address, Hold>();
  for (const address of addresses) {
    const hold = judge(address);
    if (hold !== null) held.set(address, hold);
  }
  return held;
}

function describeRollout(approval: Approval): Decision["approval"] {
  return { approval, rollout: approval.state === "running" ? "goes_on" : "opens" };
}
