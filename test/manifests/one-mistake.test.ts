import { describe, expect, test } from "vitest";
import { FULL_FOLDER } from "./full-folder.ts";
import { readDocuments } from "./read-documents.ts";

type Path = readonly string[];
type Edit = (parent: object, key: string) => void;

const PLACES = Object.entries(FULL_FOLDER).flatMap(([file, body]) =>
  listPaths(body).map((path): Path => [file, ...path]),
);

function listPaths(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[key], ...listPaths(child).map((path) => [key, ...path])]);
}

/** What is wrong with the folder once the value at one place is edited, as `file code`. */
function findAfter(path: Path, edit: Edit): string[] {
  const folder = structuredClone(FULL_FOLDER);
  const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), folder);
  edit(parent, String(path.at(-1)));
  const texts = Object.entries(folder).map(([file, body]) => [file, JSON.stringify(body)]);
  return readDocuments(Object.fromEntries(texts)).diagnostics.map(({ file, code }) => `${file} ${code}`);
}

/** Renames a field by leaving a letter out, its place among the others kept. */
function misspell(parent: object, key: string): void {
  const entries = Object.entries(parent);
  for (const [name] of entries) Reflect.deleteProperty(parent, name);
  for (const [name, value] of entries)
    Reflect.set(parent, name === key ? `${key.slice(0, 1)}${key.slice(2)}` : name, value);
}

/** Places whose last step is no field with a name of its own: list entries, keys that are free text, fields of free Helm values. */
function isFree([file, ...path]: Path): boolean {
  const [last = "", parent = ""] = path.toReversed();
  if (file === "flyte-clusters/flyte.yaml" && (path.length === 1 || path.join(".") === "configmap.clusters"))
    return true;
  return (
    /^[0-9]+$/.test(last) || ["max_accelerators", "labels", "labelClusterMap"].includes(parent) || last.endsWith("-cp")
  );
}

const breakType: Edit = (parent, key) => Reflect.set(parent, key, key === "config" ? [] : [[]]);

describe("one mistake in a folder of documents that refer to each other", () => {
  test("there is none to begin with", () => {
    expect(findAfter(["queues/dev.yaml", "run_concurrency"], () => {})).toEqual([]);
  });

  test.each(PLACES)("%s %s %s %s of a wrong type gives one diagnostic, in its file", (...path) => {
    const [file] = path;
    const found = findAfter(path, breakType);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${file} (wrong-type|quoted-integer|wrong-value|bad-.*)$`));
  });

  const fields = PLACES.filter((path) => !isFree(path));

  test.each(fields)("%s %s %s %s misspelt gives one diagnostic, in its file", (...path) => {
    // On the top level of a map of pools, a field that nobody knows is a pool, and its value no list of clusters.
    const isTakenForPool = path[0] === "cluster-pool-maps/map.yaml" && path.length === 2;
    expect(findAfter(path, misspell)).toEqual([`${path[0]} ${isTakenForPool ? "wrong-type" : "unknown-field"}`]);
  });
});
