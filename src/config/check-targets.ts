import { formatPath, quote } from "../manifest/format-value.ts";
import type { NodePath } from "../model/position.ts";
import { createSuggestNearest } from "../model/suggest-nearest.ts";
import {
  type ConfigFile,
  type ControlPlaneInFile,
  type Draft,
  type Placed,
  placeEntries,
  placeTargets,
} from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listWrittenPlaces } from "./list-written-places.ts";

/** Finds targets without a control plane, targets that would write to one place, and targets that are named and not there. */
export function checkTargets(
  file: Draft<ConfigFile>,
  isSound: (path: NodePath) => boolean,
  folder: string,
): readonly ConfigFinding[] {
  const planes = placeTargets(file).flatMap(({ value: { name, control_plane: plane }, path }) =>
    plane === undefined ? [] : [{ value: plane, path: [...path, "control_plane"], name: name ?? formatPath(path) }],
  );
  return [
    ...planes.flatMap((plane) => checkControlPlane(plane, isSound)),
    ...findShared(planes, folder),
    ...findUnknownTargets(file, isSound),
  ];
}

type Plane = Placed<Draft<ControlPlaneInFile>> & { readonly name: string };

function checkControlPlane({ value, path }: Plane, isSound: (path: NodePath) => boolean): readonly ConfigFinding[] {
  const { endpoint, org, flyteadmin } = value;
  const isDoubtful = ["", "endpoint", "org", "flyteadmin"].some(
    (name) => !isSound(name === "" ? path : [...path, name]),
  );
  if (isDoubtful) return [];
  const code = "config-no-control-plane";
  if (endpoint === undefined && flyteadmin === undefined) {
    return [{ code, path, part: "key", summary: `"${formatPath(path)}" names neither an endpoint nor a flyteadmin` }];
  }
  if (endpoint !== undefined && org === undefined) {
    return [
      { code, path, part: "key", summary: `"${formatPath(path)}" has an endpoint and no org`, detail: "Add org." },
    ];
  }
  return [];
}

/** Each place has one writer and one owner. */
function findShared(planes: readonly Plane[], folder: string): readonly ConfigFinding[] {
  const first = new Map<string, string>();
  return planes.flatMap(({ value, path, name }) =>
    listWrittenPlaces(value, folder).flatMap(({ key, field, what }): readonly ConfigFinding[] => {
      const other = first.get(key);
      if (other === undefined) {
        first.set(key, name);
        return [];
      }
      const summary = `Targets ${quote(other)} and ${quote(name)} have the same ${what}`;
      return [{ code: "config-shared-control-plane", path: [...path, ...field], summary }];
    }),
  );
}

function findUnknownTargets(file: Draft<ConfigFile>, isSound: (path: NodePath) => boolean): readonly ConfigFinding[] {
  const targets = placeTargets(file);
  // A name that was wrong may be the one that is meant.
  if (targets.some(({ value }) => value.name === undefined) || !isSound(["targets"])) return [];
  const names = targets.map(({ value }) => value.name ?? "");
  const suggest = createSuggestNearest();
  const named = placeEntries(file.notifications, ["notifications"]).flatMap(({ value, path }) =>
    placeEntries(value.targets, [...path, "targets"]),
  );
  return named
    .filter(({ value }) => !names.includes(value))
    .map(({ value, path }) => {
      const meant = suggest(value, names);
      const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
      return { code: "config-unknown-target", path, summary: `There is no target ${quote(value)}${hint}` };
    });
}
