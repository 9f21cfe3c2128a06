import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { type ConfigFile, type Draft, placeEntries, placeTargets } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listSecrets } from "./list-config-references.ts";
import { listPolicies } from "./list-policies.ts";

/** Finds places where exactly one of two fields is wanted, and neither or both are there. `isSound`: whether what is at a place could be relied on. */
export function checkChoices(file: Draft<ConfigFile>, isSound: (path: NodePath) => boolean): readonly ConfigFinding[] {
  const choices: Choice[] = [
    ...placeTargets(file).flatMap(({ value, path }): Choice[] => [
      { of: value, path, names: ["repository", "folder"], needed: true },
      {
        of: value.repository?.pull_requests,
        path: [...path, "repository", "pull_requests"],
        names: ["token", "app"],
        needed: false,
      },
      { of: value.control_plane, path: [...path, "control_plane"], names: ["token", "api_key"], needed: false },
    ]),
    ...listPolicies(file).flatMap(({ value, path }) =>
      placeEntries(value.windows, [...path, "windows"]).map(
        (window): Choice => ({ of: window.value, path: window.path, names: ["duration", "until"], needed: true }),
      ),
    ),
    { of: file.store, path: ["store"], names: ["directory", "database_url"], needed: true },
    ...listSecrets(file).map(({ value, path }): Choice => ({ of: value, path, names: ["env", "file"], needed: true })),
  ];
  return choices.flatMap((choice) => checkChoice(choice, isSound));
}

interface Choice {
  /** Undefined where the fields would be below something that is left out. */
  readonly of: object | undefined;
  readonly path: NodePath;
  readonly names: readonly [string, string];
  /** False: it may have none of them. */
  readonly needed: boolean;
}

function checkChoice({ of, path, names, needed }: Choice, isSound: (path: NodePath) => boolean): ConfigFinding[] {
  // A field that was wrong still counts as present, and an unknown field may be a misspelling of one of the two.
  if (of === undefined || !isSound(path) || names.some((name) => !isSound([...path, name]))) return [];
  const present = names.filter((name) => name in of);
  if (present.length === 1 || (present.length === 0 && !needed)) return [];
  const where = `"${formatPath(path)}"`;
  const [first, second] = names;
  if (present.length === 0) {
    const summary = `Missing in ${where}: ${first} or ${second}`;
    return [
      {
        code: "config-choose-one",
        path,
        part: "key",
        summary,
        detail: `Add exactly one of the two: ${first} or ${second}.`,
      },
    ];
  }
  const summary = `${where} has both ${first} and ${second}`;
  return [{ code: "config-choose-one", path: [...path, second], part: "key", summary }];
}
