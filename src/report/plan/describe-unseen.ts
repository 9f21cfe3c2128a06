import type { LiveState, SystemStatus } from "../../model/objects/live.ts";
import { describeScope } from "../../model/objects/settings.ts";
import { cutNames } from "../text/cut-list.ts";

/** What of a target was not read, a line each: systems that are not configured or can't be read, and scopes that no API lists. */
export function describeUnseen(
  live: Pick<LiveState, "systems" | "flyteadmin" | "unreadable_scopes">,
): readonly string[] {
  const { systems, flyteadmin, unreadable_scopes: hidden } = live;
  return [
    ...describeSystem("pools, clusters and queues", systems.union, "no Union control plane is configured (--endpoint)"),
    ...(systems.union === "absent" ? [] : describeSystem("settings", systems.settings, "the control plane has none")),
    ...(systems.settings === "read" && hidden.length > 0
      ? describeSystem(`settings of ${cutNames(hidden.map(describeScope))}`, "unreadable", "")
      : []),
    ...(systems.settings === "read" ? describeScopes(flyteadmin.endpoint !== null) : []),
    ...describeSystem(
      "cluster pool attributes and execution cluster labels",
      systems.flyteadmin,
      "no flyteadmin is configured (--flyteadmin-endpoint)",
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
      return [`${what}: permission denied`];
  }
}

function describeScopes(hasProjects: boolean): readonly string[] {
  const listed = hasProjects ? "flyteadmin's active projects and their domains" : "the organization";
  return [
    `settings of other scopes than ${listed}: nothing lists them; name them with --scope DOMAIN or DOMAIN/PROJECT`,
  ];
}
