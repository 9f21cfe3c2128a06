import type { LiveState, SystemStatus } from "../model/live.ts";
import { describeScope, type SettingsScope } from "../model/settings.ts";

/** Scopes named in a line; more are counted. */
const NAMED_SCOPES = 5;

/** What of a target was not looked at, a line each: systems that were not named or can't be read, and scopes that nothing lists. */
export function describeUnseen({
  systems,
  flyteadmin,
  refused_scopes,
}: Pick<LiveState, "systems" | "flyteadmin" | "refused_scopes">): readonly string[] {
  return [
    ...describeSystem("pools, clusters and queues", systems.union, "no Union control plane is named (--endpoint)"),
    ...(systems.union === "absent" ? [] : describeSystem("settings", systems.settings, "the control plane has none")),
    ...(systems.settings === "read" ? describeScopes(flyteadmin.endpoint !== null) : []),
    ...describeRefused(refused_scopes),
    ...describeSystem(
      "cluster pool attributes and execution cluster labels",
      systems.flyteadmin,
      "no flyteadmin is named (--flyteadmin-endpoint)",
    ),
  ];
}

function describeSystem(what: string, status: SystemStatus, whyAbsent: string): readonly string[] {
  switch (status) {
    case "read":
      return [];
    case "absent":
      return [`${what}: ${whyAbsent}`];
    case "unreadable":
      return [`${what}: the token has no right to read them`];
  }
}

function describeScopes(hasProjects: boolean): readonly string[] {
  const listed = hasProjects ? "flyteadmin's active projects and their domains" : "the organization";
  return [
    `settings of other scopes than ${listed}: nothing lists them; name them with --scope DOMAIN or DOMAIN/PROJECT`,
  ];
}

function describeRefused(scopes: readonly SettingsScope[]): readonly string[] {
  if (scopes.length === 0) return [];
  const named = scopes.slice(0, NAMED_SCOPES).map(describeScope).join(", ");
  const more = scopes.length > NAMED_SCOPES ? ` and ${scopes.length - NAMED_SCOPES} more` : "";
  return [`settings of ${named}${more}: the control plane refused to show them`];
}
