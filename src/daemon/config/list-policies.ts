import {
  type ConfigFile,
  type Draft,
  type DriftInFile,
  type Placed,
  type PolicyInFile,
  placeTargets,
} from "./config-file.ts";

/** The policy of the top level and those of targets, each with its place. */
export function listPolicies(file: Draft<ConfigFile>): readonly Placed<Draft<PolicyInFile>>[] {
  return listBoth(file, "policy");
}

/** What is said of drift, on the top level and by targets, each with its place. */
export function listDrifts(file: Draft<ConfigFile>): readonly Placed<Draft<DriftInFile>>[] {
  return listBoth(file, "drift");
}

function listBoth<K extends "policy" | "drift">(file: Draft<ConfigFile>, key: K) {
  const all = [{ value: file, path: [] }, ...placeTargets(file)];
  return all.flatMap(({ value, path }) => {
    const own = value[key];
    return own === undefined ? [] : [{ value: own, path: [...path, key] }];
  });
}
