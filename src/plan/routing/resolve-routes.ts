import { expandQuestions, type SingleQuestion } from "./expand-questions.ts";
import { type FactIndex, indexFacts } from "./index-facts.ts";
import type { Route, RouteQuestion, RouteSystem, RunQuestion } from "./route.ts";
import type { RouteAnswer } from "./route-answer.ts";
import { resolveLabel, routeByLabel } from "./route-by-label.ts";
import { resolvePool, routeByPoolAttributes } from "./route-by-pool-attributes.ts";
import { routeByQueue, routeBySettings } from "./route-by-queue.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/**
 * Which clusters work reaches and why: one answer for each question and each system that is known, in the order of the questions,
 * then of the systems; none takes precedence. A system without a say gives no answer: flyteadmin knows nothing without a project.
 * Cost grows with questions and facts, not with their product. To compare two states, ask both what `expandQuestions` gives.
 */
export function resolveRoutes(facts: RoutingFacts, questions: readonly RouteQuestion[]): readonly Route[] {
  const index = indexFacts(facts);
  const targets: Targets = {
    queueOf: remember((queue) => routeByQueue(index, queue)),
    poolOf: remember((pool) => resolvePool(index, pool)),
    labelOf: remember((label) => resolveLabel(index, label)),
  };
  return expandQuestions(questions, [facts]).flatMap((question) => answerQuestion(question, index, targets));
}

/** What runs are led to, each worked out once for all runs. */
interface Targets {
  readonly queueOf: (queue: string) => RouteAnswer;
  readonly poolOf: (pool: string) => RouteAnswer;
  readonly labelOf: (label: string) => RouteAnswer;
}

function remember(resolve: (name: string) => RouteAnswer): (name: string) => RouteAnswer {
  const known = new Map<string, RouteAnswer>();
  return (name) => {
    const answer = known.get(name) ?? resolve(name);
    known.set(name, answer);
    return answer;
  };
}

function answerQuestion(question: SingleQuestion, index: FactIndex, targets: Targets): readonly Route[] {
  const { systems, state } = index.facts;
  if (question.kind === "queue") {
    const nobody = { project: null, domain: null, workflow: null };
    const { queue } = question;
    return systems.includes("queues")
      ? [{ system: "queues", asked: "queue", ...nobody, ...targets.queueOf(queue), state }]
      : [];
  }
  const { project, domain, workflow } = question;
  const asked = systems.filter((system) => question.system === undefined || question.system === system);
  return asked.flatMap((system) => {
    const answer = answerRun(system, question, index, targets);
    return answer === null ? [] : [{ system, asked: "run", project, domain, workflow, ...answer, state }];
  });
}

/** Null where the system has no say: settings know no project without its domain. */
function answerRun(system: RouteSystem, run: RunQuestion, index: FactIndex, targets: Targets): RouteAnswer | null {
  const { project, domain, workflow } = run;
  if (system === "queues") {
    return project !== null && domain === null ? null : routeBySettings(index, run, targets.queueOf);
  }
  if (project === null) return null;
  const scope = { project, domain, workflow };
  return system === "cluster_pool_attributes"
    ? routeByPoolAttributes(index, scope, targets.poolOf)
    : routeByLabel(index, scope, targets.labelOf);
}
