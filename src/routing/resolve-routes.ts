import { expandQuestions, type SingleQuestion } from "./expand-questions.ts";
import { type FactIndex, indexFacts } from "./index-facts.ts";
import type { Route, RouteQuestion, RouteSystem, RunQuestion } from "./route.ts";
import type { RouteAnswer } from "./route-answer.ts";
import { routeByLabel } from "./route-by-label.ts";
import { routeByPoolAttributes } from "./route-by-pool-attributes.ts";
import { routeByQueue, routeBySettings } from "./route-by-queue.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/**
 * Which clusters work reaches and why: one answer for each question and each system that is known, in the order of the questions,
 * then of the systems; none takes precedence. A system without a say gives no answer: flyteadmin knows nothing without a project.
 * Cost grows with questions and facts, not with their product. To compare two states, ask both what `expandQuestions` gives.
 */
export function resolveRoutes(facts: RoutingFacts, questions: readonly RouteQuestion[]): readonly Route[] {
  const index = indexFacts(facts);
  const known = new Map<string, RouteAnswer>();
  const queueOf = (name: string): RouteAnswer => {
    const answer = known.get(name) ?? routeByQueue(index, name);
    known.set(name, answer);
    return answer;
  };
  return expandQuestions(questions, [facts]).flatMap((question) => answerQuestion(question, index, queueOf));
}

type QueueOf = (name: string) => RouteAnswer;

function answerQuestion(question: SingleQuestion, index: FactIndex, queueOf: QueueOf): readonly Route[] {
  const { systems, state } = index.facts;
  if (question.kind === "queue") {
    const nobody = { project: null, domain: null, workflow: null };
    const { queue } = question;
    return systems.includes("queues")
      ? [{ system: "queues", asked: "queue", ...nobody, ...queueOf(queue), state }]
      : [];
  }
  const { project, domain, workflow } = question;
  const asked = systems.filter((system) => question.system === undefined || question.system === system);
  return asked.flatMap((system) => {
    const answer = answerRun(system, question, index, queueOf);
    return answer === null ? [] : [{ system, asked: "run", project, domain, workflow, ...answer, state }];
  });
}

/** Null where the system has no say: settings know no project without its domain. */
function answerRun(system: RouteSystem, run: RunQuestion, index: FactIndex, queueOf: QueueOf): RouteAnswer | null {
  const { project, domain, workflow } = run;
  if (system === "queues") {
    return project !== null && domain === null ? null : routeBySettings(index, run, queueOf);
  }
  if (project === null) return null;
  const scope = { project, domain, workflow };
  return system === "cluster_pool_attributes" ? routeByPoolAttributes(index, scope) : routeByLabel(index, scope);
}
