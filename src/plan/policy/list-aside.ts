import type { Address } from "../../model/address.ts";
import type { HeldReason } from "../../model/passes/pass.ts";
import { listFailing } from "../../model/plan/is-allowed.ts";
import type { Check, Plan } from "../../model/plan/plan.ts";
import type { FailedRest, Situation } from "./decide-what-runs.ts";
import { ASKS, describeCheck, type Hold } from "./judge-holds.ts";

/**
 * What of a plan's writes no approval lets run without an override of its hold: what is paused, or stays as it was changed outside, with all that
 * depends on it. What waits for a freeze to end, or for a window, is part of it only where nothing else of the plan would run either: a rollout
 * that may continue in the meantime is judged with what comes after it.
 */
export function listAside(writes: readonly Address[], held: ReadonlyMap<Address, Hold>): readonly Address[] {
  const reasonOf = (address: Address) => held.get(address)?.reason ?? "check";
  const staying = writes.filter((address) => isAsideFor(reasonOf(address)));
  return staying.length === writes.length ? staying : staying.filter((address) => !TIMED.has(reasonOf(address)));
}

/** Whether what is held for a reason stays as it is, also where the plan is approved without an override of it. */
export function isAsideFor(reason: HeldReason): boolean {
  return !ASKS.has(reason) && reason !== "check" && reason !== "server_refused";
}

/** Whether all that is held stays as it is for reasons of its own, and would beside other changes, too: it waits for no moment, and not with the whole target. */
export function staysAside(held: ReadonlyMap<Address, Hold>, pauseOfTarget: Hold | null): boolean {
  return pauseOfTarget === null && [...held.values()].every(({ reason }) => isAsideFor(reason) && !TIMED.has(reason));
}

const TIMED: ReadonlySet<HeldReason> = new Set(["freeze", "window"] as const);

/** Guards against a wrong or an empty folder: they judge the manifests, not steps, so that nothing that is held makes them pass. */
const OF_THE_WHOLE: ReadonlySet<string> = new Set(["empty-set", "other-folder"]);

/**
 * The failed checks of a plan that count over all of it, or may, as the operator's rules do. What is held counts with the rest: that could
 * otherwise run first, and the counts would pass for what is left.
 */
export function listCounting({ checks }: Pick<Plan, "checks">): readonly Check[] {
  return checks.filter(
    ({ name, status, beside_drift }) => isCounting(name) && (status === "fail" || beside_drift === true),
  );
}

function isCounting(name: string): boolean {
  return name === "max-disruption-share" || name.startsWith("rule:");
}

/** What is known to fail without something that is held; null: nothing is, or some of it runs by now. */
export function findApart({ apart }: Pick<Situation, "apart">, isAside: ReadonlySet<Address>): FailedRest | null {
  return apart?.without.every((address) => isAside.has(address)) === true ? apart : null;
}

/** Distinguishes which of the failed checks count, where it is known what fails without what is held. */
export function countChecks(apart: FailedRest | null): (check: Pick<Check, "name">) => boolean {
  const failing = new Set(apart?.checks.map(({ name }) => name));
  return ({ name }) => apart === null || OF_THE_WHOLE.has(name) || failing.has(name);
}

/** Distinguishes where a check is known to fail also without what is held: there it fails for what is live, or for what else runs. */
export function findFailingApart(apart: FailedRest | null): (check: Pick<Check, "name">, address: string) => boolean {
  const own = (apart?.checks ?? []).filter(({ name }) => !isCounting(name));
  const failing = new Set(own.flatMap((check) => listFailing(check).map((address) => `${check.name} ${address}`)));
  return ({ name }, address) => failing.has(`${name} ${address}`);
}

/** The holds with what else would stop the same changes: checks that count once the hold ends. Each is added where it fails, or else everywhere aside. */
export function addLaterChecks(
  held: ReadonlyMap<Address, Hold>,
  { aside, checks }: { readonly aside: readonly Address[]; readonly checks: readonly Check[] },
): ReadonlyMap<Address, Hold> {
  const all = new Map(held);
  for (const check of checks) {
    const named = new Set(listFailing(check));
    const own = aside.filter((address) => named.has(address));
    const why = describeCheck(check).message.replaceAll("\n", " ");
    for (const address of own.length > 0 ? own : aside) {
      const hold = all.get(address);
      if (hold !== undefined) all.set(address, { ...hold, message: `${hold.message} Once it may run: ${why}` });
    }
  }
  return all;
}
