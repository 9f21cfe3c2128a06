import type { LiveFlyteadmin } from "../../model/objects/live.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import type { RoutingFacts } from "../../plan/routing/routing-facts.ts";
import { cutNames } from "../../report/text/cut-list.ts";

/** The names in a question about routing. */
export interface AskedNames {
  readonly project?: string | undefined;
  readonly domain?: string | undefined;
  readonly queue?: string | undefined;
}

/** Where names can be looked up. */
export interface KnownNames {
  /** Null where none was read: then the projects are not known. */
  readonly flyteadmin: LiveFlyteadmin | null;
  readonly states: readonly Pick<RoutingFacts, "queues">[];
}

/**
 * A hint for each name of a question that is not there, with the name that was probably meant, a sentence each: the answer is that for
 * any other name, and a slip of the pen would pass for one.
 */
export function explainStrangers(asked: AskedNames, { flyteadmin, states }: KnownNames): readonly string[] {
  const { project, domain, queue } = asked;
  const queues = states.flatMap((state) => state.queues.map(({ name }) => name));
  return [
    ...(flyteadmin === null || project === undefined ? [] : explainProject(project, flyteadmin)),
    ...(flyteadmin === null || domain === undefined
      ? []
      : explainName("flyteadmin has no domain", domain, flyteadmin.domains)),
    ...(queue === undefined ? [] : explainName("Unknown queue", queue, queues)),
  ];
}

function explainProject(project: string, { projects }: LiveFlyteadmin): readonly string[] {
  const state = projects.find(({ id }) => id === project)?.state ?? null;
  if (state !== null && state !== "active") return [`Project "${project}" is ${state}: it takes no runs.`];
  const ids = projects.map(({ id }) => id);
  return explainName("flyteadmin has no project", project, ids);
}

function explainName(what: string, name: string, known: readonly string[]): readonly string[] {
  if (known.includes(name)) return [];
  const near = createSuggestNearest()(name, known);
  const names = [...new Set(known)].sort();
  const hint =
    near === undefined ? (names.length === 0 ? "" : ` Known are ${cutNames(names, "")}.`) : ` Did you mean "${near}"?`;
  return [`${what} "${name}".${hint}`];
}
