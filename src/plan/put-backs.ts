import { nameRow } from "../model/attributes.ts";
import type { Plan } from "../model/plan.ts";
import { isPutBack, leavePutBacks, recognisePutBacks } from "../model/put-back.ts";
import { summariseChanges } from "../model/summarise-changes.ts";
import { digestEffect } from "./digest-plan.ts";
import type { PlanInput } from "./plan-input.ts";

/**
 * What a plan is made from, with the rows as they are once those are back that a delete of an interrupted run took along: everything but the
 * put-backs is planned, checked and routed by these rows, as if nothing had been interrupted. Left in `displaced` are those that have to come
 * back: a row that somebody wrote meanwhile stays as it is.
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
 * The put-backs of a plan as one of their own. They rest on nothing else, and no check is about them: they were allowed with the delete, which
 * promised them.
 */
export function takePutBacks(plan: Plan): Plan {
  const { options, ownership, target } = plan;
  const rest = leavePutBacks(plan);
  const changes = plan.changes.filter(isPutBack);
  const steps = plan.steps.filter(recognisePutBacks(plan));
  const unfinished = new Set<string>([...rest.changes, ...rest.steps].map(({ address }) => address));
  const settle = ownership.settle.filter((address) => !unfinished.has(address));
  return {
    ...plan,
    ...{ changes, steps, notices: [], routing: [], unmanaged: [], impact: [], checks: [], applyable: true },
    options: { ...options, target: changes.map(({ address }) => address), exclude: [] },
    summary: summariseChanges(changes, steps),
    ownership: { claim: [], release: [], settle },
    digest: digestEffect({ target, changes, steps, routing: [] }, []),
  };
}
