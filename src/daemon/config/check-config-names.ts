import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { type ConfigFile, type Draft, placeEntries, placeTargets } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listPolicies } from "./list-policies.ts";

/** Finds names that are used twice in one list. */
export function checkNames(file: Draft<ConfigFile>): readonly ConfigFinding[] {
  return [
    ...findRepeated(placeTargets(file)),
    ...listPolicies(file).flatMap(({ value, path }) => [
      ...findRepeated(placeEntries(value.windows, [...path, "windows"])),
      ...findRepeated(placeEntries(value.rules, [...path, "rules"])),
    ]),
    ...findRepeated(placeEntries(file.http?.tokens, ["http", "tokens"])),
    ...findRepeated(placeEntries(file.notifications, ["notifications"])),
  ];
}

interface Named {
  readonly value: { readonly name?: string | undefined };
  readonly path: NodePath;
}

function findRepeated(entries: readonly Named[]): readonly ConfigFinding[] {
  const first = new Map<string, NodePath>();
  return entries.flatMap(({ value: { name }, path }): readonly ConfigFinding[] => {
    if (name === undefined) return [];
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, path);
      return [];
    }
    const summary = `The name ${quoteText(name)} is used twice: in "${formatPath(other)}" and in "${formatPath(path)}"`;
    return [{ code: "config-duplicate-name", path: [...path, "name"], summary }];
  });
}
