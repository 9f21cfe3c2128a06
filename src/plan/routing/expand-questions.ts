import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { Place, RouteQuestion, RouteSystem, RunQuestion } from "./route.ts";
import type { RoutingFacts, RowFact } from "./routing-facts.ts";

/** A question about one run or one queue. */
export type SingleQuestion = Exclude<RouteQuestion, { readonly kind: "all-runs" | "all-queues" }>;

/**
 * The questions about one run or one queue that questions stand for, each once. For two states it asks what either knows of, so
 * that the answers can be compared: places sorted, then workflows with a row, by the system of the row, then queues.
 */
export function expandQuestions(
  questions: readonly RouteQuestion[],
  states: readonly RoutingFacts[],
): readonly SingleQuestion[] {
  return questions.flatMap((question) => expandQuestion(question, states));
}

function expandQuestion(question: RouteQuestion, states: readonly RoutingFacts[]): readonly SingleQuestion[] {
  switch (question.kind) {
    case "run":
    case "queue":
      return [question];
    case "all-queues":
      return listQueues(states).map((queue) => ({ kind: "queue", queue }));
    case "all-runs":
      return [
        ...listPlaces(states.flatMap(({ places }) => places)).map(askPlace),
        ...listWorkflows("cluster_pool_attributes", states, (facts) => facts.pool_attributes),
        ...listWorkflows("execution_cluster_labels", states, (facts) => facts.labels),
      ];
  }
}

/** Places, each once, sorted by project, then domain; what holds for all stands first. */
export function listPlaces(places: readonly Place[]): readonly Place[] {
  const unique = new Map(places.map((place) => [JSON.stringify([place.project, place.domain]), place]));
  return [...unique.values()].sort(
    (left, right) => compareNames(left.project, right.project) || compareNames(left.domain, right.domain),
  );
}

function askPlace({ project, domain }: Place): RunQuestion {
  return { kind: "run", project, domain, workflow: null };
}

function listQueues(states: readonly RoutingFacts[]): readonly string[] {
  return [...new Set(states.flatMap(({ queues }) => queues.map(({ name }) => name)))].sort();
}

function listWorkflows(
  system: RouteSystem,
  states: readonly RoutingFacts[],
  rowsOf: (facts: RoutingFacts) => readonly RowFact[],
): readonly RunQuestion[] {
  const rows = states.flatMap(rowsOf).filter(({ scope }) => scope.workflow !== null);
  const unique = new Map(rows.map(({ scope }) => [formatAttributesScope(scope), scope]));
  return [...unique]
    .sort(([left], [right]) => compareNames(left, right))
    .map(([, scope]) => ({ kind: "run", ...scope, system }));
}

function compareNames(left: string | null, right: string | null): number {
  if (left === right) return 0;
  return left === null || (right !== null && left < right) ? -1 : 1;
}
