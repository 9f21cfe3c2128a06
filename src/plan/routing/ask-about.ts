import { expandQuestions, listPlaces, type SingleQuestion } from "./expand-questions.ts";
import type { NameOf } from "./name-of.ts";
import type { RunQuestion } from "./route.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/** What is asked about runs; null: not said, so all that are known. A workflow is never without project and domain. */
export interface RunFilter {
  readonly project: string | null;
  readonly domain: string | null;
  readonly workflow: string | null;
}

/**
 * The questions that fit: a workflow alone, or the known places with the workflows that have a row of their own there. What is
 * asked for in so many words is asked, known or not.
 */
export function askAbout(
  { project, domain, workflow }: RunFilter,
  states: readonly RoutingFacts[],
): readonly SingleQuestion[] {
  const runs = expandQuestions([{ kind: "all-runs" }], states).filter((question) => question.kind === "run");
  if (workflow !== null) return [{ kind: "run", project, domain, workflow }];
  const fitting = runs.filter(
    (run) => (project === null || run.project === project) && (domain === null || run.domain === domain),
  );
  const ofPlaces = fitting.filter((run) => run.workflow === null);
  const isNamed = domain !== null || ofPlaces.length === 0;
  const places = listPlaces(isNamed ? [...ofPlaces, { project, domain }] : ofPlaces);
  return [
    ...places.map(
      (place): RunQuestion => ({ kind: "run", project: place.project, domain: place.domain, workflow: null }),
    ),
    ...fitting.filter((run) => run.workflow !== null),
  ];
}

/** The names in the control plane that a queue or a cluster of the manifests goes by, as far as a state has them. */
export function askAboutQueue(
  queue: string,
  nameOf: NameOf,
  states: readonly RoutingFacts[],
): readonly SingleQuestion[] {
  const known = new Set(states.flatMap(({ queues }) => queues.map(({ name }) => name)));
  const names = [...new Set([queue, nameOf("queue", queue), nameOf("cluster", queue)])].filter((name) =>
    known.has(name),
  );
  return (names.length === 0 ? [queue] : names).map((name) => ({ kind: "queue", queue: name }));
}
