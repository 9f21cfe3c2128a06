import { showInLine } from "../model/text/show-text.ts";
import type { Route } from "../plan/routing/route.ts";

/** Runs by the system that routes them and their place: what a finding has of those that it concerns. */
export function nameRuns(route: Pick<Route, "system" | "project" | "domain" | "workflow">): string {
  return `${route.system}.${describePlace(route)}`;
}

/** Whose runs they are, for people: `PROJECT/DOMAIN/WORKFLOW` as far as there is one. */
export function describePlace({ project, domain, workflow }: Pick<Route, "project" | "domain" | "workflow">): string {
  if (project === null) return domain === null ? "any project" : `any project in ${domain}`;
  return showInLine([project, domain, workflow].filter((part) => part !== null).join("/"));
}
