import schema from "../../schemas/settings.json" with { type: "json" };
import type { SettingsDefinition } from "./kind.ts";

/** `settings`: settings of the organization (no scope), a domain, or a project in a domain. */
export const settings: SettingsDefinition = {
  family: "settings",
  title: "Settings",
  folder: "settings",
  schema,
  namePaths: [["scope"], ["scope", "domain"], ["scope", "project"]],
  shownAt: "scope",
  system: "settings",
  isMasked: false,
  noun: "settings scope",
  inSteps: "settings of",
  purpose: "Settings of the organization (no scope), a domain, or a project in a domain.",
  example: `scope:
  domain: production
  project: ml
settings:
  run.default_queue: batch
  labels:
    team: ml
`,
};
