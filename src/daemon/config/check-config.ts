import { formatPath } from "../../manifests/problems/format-value.ts";
import { joinPointer } from "../../manifests/yaml/pointer-tree.ts";
import { findUnknownFields, TEMPLATE_FIELDS } from "../../model/daemon/notification-names.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import { checkChoices } from "./check-choices.ts";
import { checkNames } from "./check-config-names.ts";
import { checkReferences, type Environment } from "./check-config-references.ts";
import { checkDrift } from "./check-drift.ts";
import { checkDurations } from "./check-durations.ts";
import { checkEffects } from "./check-effects.ts";
import { checkPullRequests } from "./check-pull-requests.ts";
import { checkRules } from "./check-rules.ts";
import { checkSchedules } from "./check-schedules.ts";
import { checkTargets } from "./check-targets.ts";
import { checkUrls } from "./check-urls.ts";
import { type ConfigFile, type Draft, placeEntries } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { parseListen } from "./parse-listen.ts";

/** The context of the rules beside the file. */
export interface ConfigSurroundings {
  /** Where relative paths begin. */
  readonly folder: string;
  readonly env: Environment;
  /** JSON pointers of what was wrong and removed, and of objects with an unknown field: no rule reports what is missing there. */
  readonly doubtful: ReadonlySet<string>;
}

/** Checks that the schema can't express: rules over several fields, and what lies outside of the file. */
export function checkConfig(
  file: Draft<ConfigFile>,
  { folder, env, doubtful }: ConfigSurroundings,
): readonly ConfigFinding[] {
  const isSound = (path: NodePath) => !doubtful.has(path.reduce<string>(joinPointer, ""));
  return [
    ...checkNames(file),
    ...checkChoices(file, isSound),
    ...checkUrls(file),
    ...checkTargets(file, isSound, folder),
    ...checkPullRequests(file, isSound),
    ...checkDrift(file, isSound),
    ...checkDurations(file),
    ...checkSchedules(file),
    ...checkRules(file),
    ...checkEffects(file, isSound),
    ...checkListen(file),
    ...checkTemplates(file),
    ...checkReferences(file, folder, env),
  ];
}

function checkListen({ http }: Draft<ConfigFile>): readonly ConfigFinding[] {
  const path = ["http", "listen"];
  if (http?.listen === undefined || parseListen(http.listen) !== undefined) return [];
  return [{ code: "config-bad-listen", path, summary: `Field "${formatPath(path)}" is not HOST:PORT` }];
}

function checkTemplates({ notifications }: Draft<ConfigFile>): readonly ConfigFinding[] {
  const suggest = createSuggestNearest();
  return placeEntries(notifications, ["notifications"]).flatMap(({ value: { template = "" }, path }) =>
    findUnknownFields(template).map((name) => {
      const meant = suggest(name, TEMPLATE_FIELDS);
      const summary = `The template names ${quoteText(name)}${meant === undefined ? "" : `; did you mean "${meant}"?`}`;
      const detail = `The fields are: ${TEMPLATE_FIELDS.join(", ")}.`;
      return { code: "config-unknown-placeholder", path: [...path, "template"], summary, detail };
    }),
  );
}
