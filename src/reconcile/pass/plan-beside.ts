import { isShared, listPaths } from "../../model/plan/field-origins.ts";
import { listFailing } from "../../model/plan/is-allowed.ts";
import type { Change, Check, Plan, PlanOptions, ShownFailure } from "../../model/plan/plan.ts";
import { hashJson } from "../../plan/compare/digest-plan.ts";
import { decideWhatRuns, type Situation } from "../../plan/policy/decide-what-runs.ts";
import { listShown } from "../../plan/policy/list-allowances.ts";
import { listCounting } from "../../plan/policy/list-aside.ts";

/** Makes the plan of a revision again, with some options changed. */
export type MakePlan = (changed: Partial<PlanOptions>) => Promise<Plan>;

/** A plan, and what commits ask for alone. */
export interface SharedPlan {
  /** As it is shown and approved: with the checks that fail only as long as what was changed outside stays, as `Check.beside_drift`. */
  readonly plan: Plan;
  /** The plan without the fields that were changed outside alone, where a commit has a part in the change, too; null: there are none. */
  readonly lean: Plan | null;
}

/** Separates what commits ask for from drift at the same objects: commits are judged without the drift. */
export async function planShared(whole: Plan, make: MakePlan): Promise<SharedPlan> {
  const of = "drift";
  const leave = whole.changes
    .filter(isShared)
    .map((change) => ({ of, address: change.address, paths: listPaths(change, of) }) as const);
  if (leave.length === 0) return { plan: whole, lean: null };
  const lean = await planLess(whole, { leave }, make);
  return { plan: addBeside(whole, lean), lean };
}

/**
 * The plan of less than the whole. A failure there that the whole does not have, and that is there as well where nothing at all is written,
 * is not caused by what runs: it is allowed. What runs may make no such failure worse.
 */
export async function planLess(whole: Plan, changed: Partial<PlanOptions>, make: MakePlan): Promise<Plan> {
  const less = await make(changed);
  if (listBeyond(less, whole).length === 0) return less;
  const still = await make(keepAll(whole));
  const checks = listBeyond(still, whole);
  const allow = listShown({ checks, steps: [], impact: [] }).filter((failure) => !isShownBy(whole, failure));
  if (allow.length === 0) return less;
  return make({ ...changed, allow: [...(changed.allow ?? []), ...allow] });
}

/**
 * The same with what fails in the plan without what is held by more than a missing approval, where that may let a failed check pass, or where one
 * fails at what is held. What is held stays as it is live, and is judged as that: a check at it that something else makes fail counts. So does one
 * that fails without any write, as where half a rollout is left as it is. A check that counts over the whole plan counts what is held, too, as soon
 * as something else would run.
 */
export async function judgeApart<Given extends Situation>(situation: Given, make: MakePlan): Promise<Given> {
  const { blocked, aside: without, held } = decideWhatRuns(situation);
  const isAside = new Set<string>(without);
  const failing = situation.plan.checks.filter(isFailed).flatMap(listFailing);
  if (without.length === 0 || (blocked.length === 0 && !failing.some((address) => isAside.has(address))))
    return situation;
  const counting = held.every(({ address }) => isAside.has(address)) ? [] : listCounting(situation.plan);
  const checks = [...counting, ...(await listFailingWithout(situation.plan, isAside, make))];
  return { ...situation, apart: { without, checks } };
}

async function listFailingWithout(whole: Plan, aside: ReadonlySet<string>, make: MakePlan): Promise<readonly Check[]> {
  const { leave = [], exclude = [] } = keepAll({ changes: whole.changes.filter(({ address }) => aside.has(address)) });
  const makeRest: MakePlan = (changed) =>
    make({
      ...changed,
      leave: [...leave, ...(changed.leave ?? [])],
      exclude: [...exclude, ...(changed.exclude ?? [])],
    });
  const { plan, lean } = await planShared(await planLess(whole, {}, makeRest), makeRest);
  return [plan, ...(lean === null ? [] : [lean])].flatMap(({ checks }) => checks.filter(isFailed));
}

/**
 * Writes nothing at all. Leaving objects out would skip their checks, so an updated object stays as it is in each of its fields; one that is replaced has a
 * registration more than one of these.
 */
function keepAll({ changes }: Pick<Plan, "changes">): Partial<PlanOptions> {
  const isKept = ({ action, before, after }: Change) => action !== "replace" && before !== null && after !== null;
  const leave = changes.filter(isKept).map(({ address, before, after }) => {
    const paths = Object.keys({ ...before, ...after }).map((key) => [key]);
    return { of: "commit", address, paths } as const;
  });
  return { leave, exclude: changes.filter((change) => !isKept(change)).map(({ address }) => address) };
}

/** The failed checks of a plan that the whole does not show to fail there, or for that. */
function listBeyond({ checks }: Plan, whole: Plan): readonly Check[] {
  const known = new Map(whole.checks.filter(isFailed).map((check) => [check.name, check]));
  return checks.filter(isFailed).flatMap((check) => {
    const shown = known.get(check.name);
    if (shown === undefined) return [check];
    const [alreadyFailing, concerned] = [new Set<string>(listFailing(shown)), new Set(shown.concerns)];
    const failing = listFailing(check).filter((address) => !alreadyFailing.has(address));
    const concerns = (check.concerns ?? []).filter((name) => !concerned.has(name));
    if (failing.length + concerns.length === 0) return [];
    return [{ ...check, ...(failing.length > 0 && { failing }) }];
  });
}

/** A failure that the whole plan has as well is left to its approver. */
function isShownBy({ checks }: Plan, { check, addresses }: ShownFailure): boolean {
  const failing = checks.filter(isFailed).find(({ name }) => name === check);
  if (failing === undefined) return false;
  return addresses.length === 0 || addresses.some((address) => listFailing(failing).includes(address));
}

function isFailed({ status }: Check): boolean {
  return status === "fail";
}

/** The digest covers them: the approver of the plan has seen them. */
function addBeside(whole: Plan, lean: Plan): Plan {
  const names = new Set(listBeyond(lean, whole).map(({ name }) => name));
  if (names.size === 0) return whole;
  const failed = lean.checks.filter((check) => isFailed(check) && names.has(check.name));
  const beside = failed.map(
    (check): Check => ({
      ...{ ...check, status: "warn", beside_drift: true },
      message: `Fails while the changes made outside remain alongside those of the commits: ${check.message}`,
    }),
  );
  const shown = failed.map((check) => [check.name, listFailing(check), check.concerns ?? []] as const);
  return { ...whole, checks: [...whole.checks, ...beside], digest: hashJson([whole.digest, shown]) };
}
