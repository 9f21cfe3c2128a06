import type { Op, Plan } from "../model/plan.ts";

/** One queue's way before and after, in words. */
export interface RouteDescription {
  readonly queue: string;
  readonly before: string;
  readonly after: string;
}

/** Where queues send work before and after: clusters, or NOWHERE. What is drained and what is not there are told apart. */
export function describeRoutes(plan: Pick<Plan, "routing" | "steps">): readonly RouteDescription[] {
  const [activated, restored, deleted] = [
    namesOf(plan, "activate"),
    namesOf(plan, "undelete"),
    namesOf(plan, "delete"),
  ];
  // A queue that takes work afterwards was drained only if it, or the cluster that it comes with, is activated as it is.
  const wasDrained = (queue: string) => activated.has(queue) && !restored.has(queue);
  return plan.routing.map(({ queue, before, after }) => ({
    queue,
    before: formatRoute(before, !wasDrained(queue)),
    after: formatRoute(after, deleted.has(queue)),
  }));
}

function formatRoute(route: readonly string[] | null, absent: boolean): string {
  if (route === null) return absent ? "(not there)" : "(takes no work)";
  return route.length === 0 ? "NOWHERE" : route.join(", ");
}

function namesOf({ steps }: Pick<Plan, "steps">, wanted: Op): ReadonlySet<string> {
  const chosen = steps.filter(({ kind, op }) => op === wanted && kind !== "cluster_pool");
  return new Set(chosen.map(({ physical_name }) => physical_name));
}
