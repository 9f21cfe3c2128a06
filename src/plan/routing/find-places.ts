import type { LiveFlyteadmin } from "../../model/objects/live.ts";
import { listPlaces } from "./expand-questions.ts";
import type { Place } from "./route.ts";
import type { RoutingFacts } from "./routing-facts.ts";

/**
 * The places that runs may belong to: projects that are not archived, in their domains, and what settings and rows name; archived
 * projects are left out wherever they are named. A project of which no domain is known stands alone.
 */
export function findPlaces(
  flyteadmin: LiveFlyteadmin | null,
  facts: Pick<RoutingFacts, "settings" | "pool_attributes" | "labels">,
): readonly Place[] {
  const projects = flyteadmin?.projects ?? [];
  const archived = new Set(projects.filter(({ state }) => state === "archived").map(({ id }) => id));
  const live = projects.flatMap(({ id, domains }) => pair(id, domains.length > 0 ? domains : flyteadmin?.domains));
  const ofSettings = facts.settings.map(({ scope }) => scope);
  const ofRows = [...facts.pool_attributes, ...facts.labels]
    .filter(({ scope }) => scope.project !== "")
    .map(({ scope: { project, domain } }) => ({ project, domain }));
  const named = [...live, ...ofSettings, ...ofRows];
  const split = new Set(named.filter(({ domain }) => domain !== null).map(({ project }) => project));
  const places = named.filter(({ project, domain }) => {
    if (project === null) return true;
    return !archived.has(project) && (domain !== null || !split.has(project));
  });
  const everywhere = { project: null, domain: null };
  return listPlaces([everywhere, ...places].map(({ project, domain }) => ({ project, domain })));
}

function pair(project: string, domains: readonly string[] = []): readonly Place[] {
  return domains.length === 0 ? [{ project, domain: null }] : domains.map((domain) => ({ project, domain }));
}
