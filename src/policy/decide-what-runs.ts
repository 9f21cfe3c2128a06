import type { DriftConfig, Grade, PolicyConfig } from "../config/daemon-config.ts";
import type { Address } from "../model/address.ts";
import type { Approval, Contest, Pause, Sighting } from "../model/daemon-records.ts";
import { isAllowed, listFailing } from "../model/is-allowed.ts";
import type { HeldChange } from "../model/pass.ts";
import type { Allowance, Check, Plan } from "../model/plan.ts";
import type { UnreviewedCommit } from "../model/unreviewed.ts";
import { type ApprovedPlan, type FoundApproval, findApproval } from "./find-approval.ts";
import { findOutOfService } from "./find-out-of-service.ts";
import { exceeds, gradePlan, listPutBack } from "./grade-plan.ts";
import { holdDependents } from "./hold-dependents.ts";
import { releaseContests } from "./judge-contest.ts";
import type { Standing } from "./judge-decisions.ts";
import { type DriftVerdict, judgeDrift, markReverted, recogniseDrift } from "./judge-drift.ts";
import { type Hold, type JudgeHold, judgeHolds, listPaused, openPauses, type Rejection } from "./judge-holds.ts";
import { letsThrough } from "./list-allowances.ts";

/** Everything that decides what of a plan may run now. */
export interface Situation {
  readonly plan: Plan;
  readonly policy: PolicyConfig;
  readonly drift: DriftConfig;
  /** The target's approvals, each with its plan; those that have ended may be among them. */
  readonly approvals: readonly ApprovedPlan[];
  /** Who rejected something of the plan; null: nobody, or it was approved since. */
  readonly rejection: Rejection | null;
  /** All rejections that stand against the plan, newest first; left out: none. Those that are about nothing that is left of it too. */
  readonly rejections?: readonly Standing[];
  readonly pauses: readonly Pause[];
  readonly sightings: readonly Sighting[];
  /** What was set back lately. */
  readonly contests: readonly Contest[];
  /** The revision that was carried out in full last. */
  readonly appliedRevision: string | null;
  /** The addresses at which nothing tells whether a commit or somebody outside caused a change; left out: none. */
  readonly unclear?: ReadonlySet<Address>;
  /** What came onto the branch since then without a plan that could be reviewed. */
  readonly unreviewed: readonly UnreviewedCommit[];
  /** ISO 8601 in UTC. */
  readonly now: string;
  /** The addresses at which the rollout has begun and not finished something; it may come to its end after the windows close. */
  readonly begun: ReadonlySet<string>;
}

/** What of a plan runs now, and why the rest does not. */
export interface Decision {
  /** `part`: the plan is made again with `exclude`. */
  readonly run: "all" | "part" | "none";
  /** What is left out of the plan; empty unless a part runs. */
  readonly exclude: readonly Address[];
  /** What of the checks the approval lets through: where the approved plan showed that they fail. */
  readonly allow: readonly Allowance[];
  /** The failed checks that stop the plan: while there is one, nothing of it runs. */
  readonly blocked: readonly Check[];
  readonly held: readonly HeldChange[];
  /** What it runs under, and whether the rollout begins with it or goes on; null: without an approval, or not at all. */
  readonly approval: { readonly approval: Approval; readonly rollout: "opens" | "goes_on" } | null;
  /** The addresses whose changes run under the approval; the others would run without it. */
  readonly approved: readonly Address[];
  /** To be kept in place of the earlier ones. */
  readonly sightings: readonly Sighting[];
  readonly drift: Pick<DriftVerdict, "addresses" | "confirmed" | "holds">;
}

/**
 * Decides what of a plan may run now. The rules, of which the first that applies is told: freeze, windows and a pause of the target
 * hold everything, a pause of an address that address; what was changed outside follows the configuration of drift; and whatever
 * is above `auto_apply`, drift included, needs an approval, as does all that commits ask for where one of them could not be reviewed, and
 * what nobody can tell the cause of. What an interrupted delete took along is put back whatever holds the rest, but for a pause of the target. An approval's overrides lift holds for what its plan does and for nothing
 * beside it. What rests on something held is held with it. A check that fails anywhere in the plan stops all of it, whatever else holds the
 * failing part, but for what is put back; only what stays as it was changed outside does not count, as no commit could ever pass beside it. To be asked once in each pass, with its whole plan: it counts sightings.
 */
export function decideWhatRuns(situation: Situation): Decision {
  const { plan } = situation;
  const { grades, judged, above, found, unclear } = prepare(situation);
  const writes = [...grades].filter(([, grade]) => grade !== "none").map(([address]) => address);
  const judgeWith = (drift: DriftVerdict) => judgeHolds({ ...situation, drift, above, found, unclear });
  const holdWith = (drift: DriftVerdict) => holdDependents(plan.steps, keepHeld(writes, judgeWith(drift)));
  const drift = releaseContests(judged, { steps: plan.steps, committed: listCommitted(situation), holdWith });
  const judge = judgeWith(drift);
  const stopped = holdDependents(plan.steps, keepHeld(writes, judge));
  const staysDrifted = (address: string) => isHeldDrift(address as Address, stopped, drift);
  const blocked = listBlocking(plan, found?.allowances ?? [], staysDrifted);
  const held = holdBlocked(writes, stopped, { blocked, putBack: listPutBack(plan) });
  const running = writes.filter((address) => !held.has(address));
  const isStopped = running.length === 0 && held.size + blocked.length > 0;
  const run = isStopped ? "none" : held.size === 0 ? "all" : "part";
  const needsIt = (address: Address) => judge(address, NO_OVERRIDES) !== null || above.has(address);
  // Where a check fails that the approval overrides, nothing of the plan runs without it, however harmless.
  const isUsed = ({ approval, allowances }: FoundApproval) =>
    approval.state === "running" || running.some(needsIt) || (blocked.length === 0 && letsThrough(allowances, plan));
  const outOfService = new Set(findOutOfService(plan, situation.begun));
  const counts = found !== null && run !== "none" && isUsed(found) ? found : null;
  return {
    run,
    exclude: run === "part" ? [...held.keys()] : [],
    allow: counts?.allowances ?? [],
    blocked,
    held: [...held].map(([address, { reason, message, ends }]) => ({
      ...{ address, reason, message },
      ...(ends === undefined ? {} : { ends }),
      ...(outOfService.has(address) ? { out_of_service: true } : {}),
    })),
    approval: counts === null ? null : describeRollout(counts.approval),
    approved: counts === null ? [] : running.filter(counts.covers),
    sightings: markReverted(drift.sightings, (address) => !held.has(address)),
    drift: { addresses: drift.addresses, confirmed: drift.confirmed, holds: drift.holds },
  };
}

const NO_OVERRIDES: readonly string[] = [];

/** Whether an address keeps what was changed there outside. What only rests on it is what a commit asks for. */
function isHeldDrift(address: Address, held: ReadonlyMap<Address, Hold>, { holds }: DriftVerdict): boolean {
  return holds.has(address) && held.has(address);
}

/** The checks that fail and that nothing lets through, unless they fail only where drift stays. */
function listBlocking(
  { checks, changes }: Plan,
  allow: readonly Allowance[],
  staysDrifted: (address: string) => boolean,
): readonly Check[] {
  const changed = new Set<string>(changes.map(({ address }) => address));
  return checks.filter((check) => {
    if (check.status !== "fail") return false;
    const failing = listFailing(check);
    const own = failing.filter((address) => changed.has(address));
    // Of what is left out no check fails any more, whatever it names beside.
    if (failing.length > 0 && (own.length > 0 ? own : failing).every(staysDrifted)) return false;
    const isRefused = (check.refused ?? []).some((address) => !staysDrifted(address));
    const left = failing.filter((address) => !staysDrifted(address));
    return isRefused || !isAllowed(allow, { ...check, check: check.name, addresses: left });
  });
}

/** Holds what nothing else holds, too, where a check stops the plan: but for what is only put back. */
function holdBlocked(
  writes: readonly Address[],
  held: ReadonlyMap<Address, Hold>,
  { blocked, putBack }: { readonly blocked: readonly Check[]; readonly putBack: ReadonlySet<Address> },
): ReadonlyMap<Address, Hold> {
  const [first] = blocked;
  if (first === undefined) return held;
  const hold: Hold = { reason: "check", message: `The check ${first.name} of the plan fails: ${first.message}` };
  const stopped = writes.filter((address) => held.has(address) || !putBack.has(address));
  return new Map(stopped.map((address) => [address, held.get(address) ?? hold]));
}

/** Whether one of the approvals is of this plan, or of one that it is what is left of; whatever may run under it. */
export function isCovered(situation: Situation): boolean {
  return prepare(situation).found !== null;
}

/** The addresses at which a plan needs an approval, whether it has one or not. */
export function listAbove(situation: Situation): ReadonlySet<Address> {
  return prepare(situation).above;
}

function prepare(situation: Situation) {
  const { plan, policy } = situation;
  const grades = gradePlan(plan);
  const judged = judgeDrift({ ...situation, grades });
  const unreviewed = listUnreviewed(situation, grades, judged);
  const unclear = listUnclear(situation, judged);
  const needsIt = (address: Address) => unreviewed.has(address) || unclear.has(address);
  const putBack = listPutBack(plan);
  const isAbove = (address: Address, grade: Grade) =>
    !putBack.has(address) && (exceeds(grade, policy.auto_apply) || (grade !== "none" && needsIt(address)));
  const above = new Set([...grades].filter(([address, grade]) => isAbove(address, grade)).map(([address]) => address));
  const found = findApproval({ ...situation, above, needed: listNeeded(situation, above, judged) });
  return { grades, judged, above, found, unclear };
}

/** Where nothing tells who caused a change, and it is not taken for drift. */
function listUnclear({ unclear }: Situation, { addresses, holds }: DriftVerdict): ReadonlySet<Address> {
  return new Set([...(unclear ?? [])].filter((address) => !addresses.includes(address) && !holds.has(address)));
}

/** Where a commit that nobody could review may have a hand in what is written: anywhere but where something was changed outside. */
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
function listCommitted({ plan, appliedRevision, sightings }: Situation): ReadonlySet<Address> {
  const isDrift = recogniseDrift({ revision: plan.revision, appliedRevision, sightings });
  const committed = plan.changes.filter((change) => change.actions[0] !== "no-op" && !isDrift(change));
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
