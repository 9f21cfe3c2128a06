import type { SingleQuestion } from "./expand-questions.ts";
import { resolveRoutes } from "./resolve-routes.ts";
import { ROUTE_SYSTEMS, type Route } from "./route.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/** The answers of several states side by side: in the order of the questions, then of the systems, then of the states. */
export function resolveStates(states: readonly RoutingFacts[], questions: readonly SingleQuestion[]): readonly Route[] {
  const places = new Map<string, number>();
  const answers = states.flatMap((facts) => resolveRoutes(facts, questions));
  for (const question of questions) places.set(keyOf(question), places.get(keyOf(question)) ?? places.size);
  const orderOf = (route: Route) => [
    places.get(keyOfRoute(route)) ?? places.size,
    ROUTE_SYSTEMS.indexOf(route.system),
    states.findIndex(({ state }) => state === route.state),
  ];
  return answers
    .map((route) => ({ route, order: orderOf(route) }))
    .sort((left, right) => compareOrders(left.order, right.order))
    .map(({ route }) => route);
}

function keyOf(question: SingleQuestion): string {
  if (question.kind === "queue") return JSON.stringify(["queue", question.queue]);
  return JSON.stringify(["run", question.project, question.domain, question.workflow]);
}

function keyOfRoute({ asked, queue, project, domain, workflow }: Route): string {
  return JSON.stringify(asked === "queue" ? [asked, queue] : [asked, project, domain, workflow]);
}

function compareOrders(left: readonly number[], right: readonly number[]): number {
  const place = left.findIndex((number, index) => number !== right[index]);
  return (left[place] ?? 0) - (right[place] ?? 0);
}
