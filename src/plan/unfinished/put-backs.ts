import type { Address } from "../../model/address.ts";
import { nameRow } from "../../model/objects/attributes.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { isPutBack, isPutBackStep } from "../../model/plan/put-back.ts";
import { summariseChanges } from "../../model/plan/summarise-changes.ts";
import { digestEffect } from "../compare/digest-plan.ts";
import type { PlanInput } from "../input/plan-input.ts";

/**
 * What a plan is made from, with the rows as they are once those are back that a delete of an interrupted run took along: everything but the
 * put-backs is planned, checked and routed by these rows, as if nothing had been interrupted. Left in `displaced` are those that have to come
 * back: a row that another writer wrote in the meantime stays as it is.
 */
export function bringRowsBack(input: PlanInput): PlanInput {
  const { live, displaced } = input;
  const { flyteadmin } = live;
  if (displaced.length === 0) return input;
  const there = new Set(flyteadmin.rows.filter(({ launch_plan }) => launch_plan === null).map(nameRow));
  // What was written down last is how it was.
  const latest = new Map(displaced.map((row) => [nameRow(row), row]));
  const isRead = live.systems.flyteadmin === "read";
  const missing = isRead ? [...latest].filter(([name]) => !there.has(name)).map(([, row]) => row) : [];
  const rows = [...flyteadmin.rows, ...missing];
  return { ...input, displaced: missing, live: { ...live, flyteadmin: { ...flyteadmin, rows } } };
}

/**
 * The put-backs of a plan at some addresses as a plan of their own. They depend on nothing else, and no check is about them: they were allowed
 * with the delete, which promised them.
 */
export function takePutBacks(plan: Plan, addresses: readonly Address[]): Plan {
  const { options, ownership, target } = plan;
  const changes = plan.changes.filter((change) => isPutBack(change) && addresses.includes(change.address));
  const steps = plan.steps.filter((step) => isPutBackStep(step) && addresses.includes(step.address));
  const taken = new Set<unknown>([...changes, ...steps]);
  const rest = [...plan.changes, ...plan.steps].filter((item) => !taken.has(item));
  const unfinished = new Set<string>(rest.map(({ address }) => address));
  const settle = ownership.settle.filter((address) => !unfinished.has(address));
  return {
    ...plan,
    ...{
      changes,
      steps,
      effects: [],
      notices: [],
      routing: [],
      unmanaged: [],
      impact: [],
      checks: [],
      applyable: true,
    },
    options: { ...options, target: changes.map(({ address }) => address), exclude: [] },
    summary: summariseChanges(changes, steps),
    ownership: { claim: [], release: [], settle },
    digest: digestEffect({ target, changes, steps, routing: [] }, []),
  };
}
