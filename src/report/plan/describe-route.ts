import type { Plan, RunRoute } from "../../model/plan/plan.ts";
import type { Op } from "../../model/plan/step.ts";
import { listSome } from "../../model/text/list-some.ts";
import { showInLine } from "../../model/text/show-text.ts";

/** The route of a queue, or of the runs of a place, before and after, in words. */
export interface RouteDescription {
  /** `queue`, or by which system runs go: `runs by label of`. */
  readonly kind: string;
  /** The queue's name, or the runs' place: `team-a/production`. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** Where queues send work before and after: clusters, or NOWHERE. A drained object and an absent one are shown differently. */
export function describeRoutes(plan: Pick<Plan, "routing" | "steps">): readonly RouteDescription[] {
  const [activated, restored, deleted] = [
    namesOf(plan, "activate"),
    namesOf(plan, "undelete"),
    namesOf(plan, "delete"),
  ];
  // A queue that takes work afterwards was drained only if it, or the cluster that it comes with, is activated as it is.
  const wasDrained = (queue: string) => activated.has(queue) && !restored.has(queue);
  return joinAlike(
    plan.routing.map((route) => {
      const { before, after } = route;
      if ("system" in route) return describeRuns(route);
      const { queue } = route;
      return {
        kind: "queue",
        name: queue,
        before: formatRoute(before, !wasDrained(queue)),
        after: formatRoute(after, deleted.has(queue)),
      };
    }),
  );
}

/** Places whose runs have the same routes share one line, at the first of them. */
function joinAlike(routes: readonly RouteDescription[]): readonly RouteDescription[] {
  const alike = Map.groupBy(routes, ({ kind, name, before, after }) =>
    JSON.stringify([kind, kind === "queue" ? name : "", before, after]),
  );
  return [...alike.values()].flatMap(([first, ...rest]) =>
    first === undefined
      ? []
      : [
          {
            ...first,
            name: listSome(
              [first, ...rest].map(({ name }) => name),
              NAMED_PLACES,
            ),
          },
        ],
  );
}

/** Places named in one line; more are counted. */
const NAMED_PLACES = 6;

function describeRuns(route: RunRoute): RouteDescription {
  const { project, domain, workflow, system, before, after, before_outcome, after_outcome } = route;
  const name = [project ?? "*", domain, workflow].filter((part) => part !== null).join("/");
  return {
    kind: `runs by ${SYSTEM_WORDS.get(system) ?? system} of`,
    name: showInLine(name),
    before: formatRun(before, before_outcome),
    after: `${formatRun(after, after_outcome)}${describeDifference(route)}`,
  };
}

/** What is different where the clusters may be the same. */
function describeDifference({ before, after, other_bucket, other_shares }: RunRoute): string {
  const isElsewhere = `${before}` !== `${after}`;
  const remarks = [
    ...(other_bucket === true ? ["in another bucket"] : []),
    ...(other_shares === true && !isElsewhere ? ["in other shares"] : []),
  ];
  return remarks.length === 0 ? "" : ` (${remarks.join(", ")})`;
}

const SYSTEM_WORDS: ReadonlyMap<string, string> = new Map([
  ["queues", "queue"],
  ["cluster_pool_attributes", "cluster pool"],
  ["execution_cluster_labels", "label"],
]);

function formatRun(route: readonly string[] | null, outcome: RunRoute["after_outcome"]): string {
  if (route === null) return OUTCOME_WORDS.get(outcome ?? "") ?? "(refused or not known)";
  return route.length === 0 ? "NOWHERE" : route.map(showInLine).join(", ");
}

const OUTCOME_WORDS: ReadonlyMap<string, string> = new Map([
  ["refused", "(refused)"],
  ["unknown", "(not known)"],
]);

function formatRoute(route: readonly string[] | null, absent: boolean): string {
  if (route === null) return absent ? "(not there)" : "(takes no work)";
  return route.length === 0 ? "NOWHERE" : route.join(", ");
}

function namesOf({ steps }: Pick<Plan, "steps">, wanted: Op): ReadonlySet<string> {
  const chosen = steps.filter(({ kind, op }) => op === wanted && kind !== "cluster_pool");
  return new Set(chosen.map(({ physical_name }) => physical_name));
}
