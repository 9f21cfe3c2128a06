import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { type ConfigFile, type Draft, type DriftInFile, placeTargets } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";

/** Finds targets whose drift is to be proposed, and that have no pull requests to do it by. */
export function checkDrift(file: Draft<ConfigFile>, isSound: (path: NodePath) => boolean): readonly ConfigFinding[] {
  return placeTargets(file).flatMap(({ value: { repository, drift }, path }): readonly ConfigFinding[] => {
    if (repository?.pull_requests !== undefined) return [];
    const places = [path, [...path, "repository"], [...path, "repository", "pull_requests"], [...path, "folder"]];
    const asking = findAsking(file.drift ?? {}, drift ?? {}, path);
    if (asking === undefined || !places.every(isSound)) return [];
    const summary = `"${formatPath(asking)}" is propose, but "${formatPath(path)}" has no repository.pull_requests`;
    return [{ code: "config-nowhere-to-propose", path: asking, summary }];
  });
}

/** The place of the action that asks for requests, of a target's own ones before the general ones. */
function findAsking(general: Draft<DriftInFile>, own: Draft<DriftInFile>, path: NodePath): NodePath | undefined {
  const base = own.action === undefined ? [] : path;
  const action = { value: own.action ?? general.action, place: [...base, "drift", "action"] };
  const kinds = [...new Set([...Object.keys(general.kinds ?? {}), ...Object.keys(own.kinds ?? {})])].map((kind) => {
    const isOwn = own.kinds?.[kind] !== undefined;
    const place = [...(isOwn ? path : []), "drift", "kinds", kind];
    return { value: isOwn ? own.kinds?.[kind] : general.kinds?.[kind], place };
  });
  return [action, ...kinds].find(({ value }) => value === "propose")?.place;
}
