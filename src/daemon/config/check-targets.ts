import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { createSuggestNearest } from "../../model/text/suggest-nearest.ts";
import {
  type ConfigFile,
  type ControlPlaneInFile,
  type Draft,
  type Placed,
  placeEntries,
  placeTargets,
} from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { doPlacesMeet, keySource, listWrittenPlaces } from "./list-written-places.ts";

/** Finds targets without a control plane, targets that would write to one place, and targets that are named and not there. */
export function checkTargets(
  file: Draft<ConfigFile>,
  isSound: (path: NodePath) => boolean,
  folder: string,
): readonly ConfigFinding[] {
  const targets = placeTargets(file).map(({ value, path }) => ({ value, path, name: value.name ?? formatPath(path) }));
  const planes = targets.flatMap(({ value: { control_plane: plane }, path, name }) =>
    plane === undefined ? [] : [{ value: plane, path: [...path, "control_plane"], name }],
  );
  const sources = targets.flatMap(({ value, name }) => {
    const key = keySource(value, folder);
    return key === null ? [] : [{ key, name }];
  });
  return [
    ...planes.flatMap((plane) => checkControlPlane(plane, isSound)),
    ...findShared(planes, sources, folder),
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
      { code, path, part: "key", summary: `"${formatPath(path)}" has an endpoint but no org`, detail: "Add org." },
    ];
  }
  return [];
}

/** Something that may be written to, and whose it is. */
interface Named {
  readonly key: string;
  readonly name: string;
}

/** Each place has one writer and one owner, and none is within another one, or within what manifests are read from. */
function findShared(planes: readonly Plane[], sources: readonly Named[], folder: string): readonly ConfigFinding[] {
  const former: Named[] = [];
  return planes.flatMap(({ value, path, name }) =>
    listWrittenPlaces(value, folder).flatMap(({ key, field, what }): readonly ConfigFinding[] => {
      const met = former.filter((one) => doPlacesMeet(one.key, key));
      const same = met.find((one) => one.key === key);
      if (same === undefined) former.push({ key, name });
      const at = { path: [...path, ...field] };
      if (same !== undefined) {
        const summary = `Targets ${quoteText(same.name)} and ${quoteText(name)} have the same ${what}`;
        return [{ code: "config-shared-control-plane", ...at, summary }];
      }
      const nested = met.map(
        (one) => `Targets ${quoteText(one.name)} and ${quoteText(name)} deliver to overlapping places`,
      );
      const readers = sources.filter((source) => doPlacesMeet(source.key, key)).map((source) => quoteText(source.name));
      const intoSources = `Target ${quoteText(name)} delivers to the place of the manifests of ${readers.join(", ")}`;
      return [...nested, ...(readers.length === 0 ? [] : [intoSources])].map((summary) => ({
        code: "config-nested-delivery",
        ...at,
        summary,
      }));
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
      return { code: "config-unknown-target", path, summary: `Unknown target ${quoteText(value)}${hint}` };
    });
}
