import { describe, expect, test } from "vitest";
import { folderOf, readSources, type SourceFile, type SourceImport } from "./read-sources.ts";

const sources = readSources();

/** The imports that lead to another folder of ours and that a rule forbids, as `file -> target`. */
function violations(isForbidden: (file: SourceFile, folder: string, imported: SourceImport) => boolean): string[] {
  return sources.flatMap((file) =>
    file.imports
      .filter((imported) => {
        const folder = folderOf(imported.target);
        return folder !== undefined && folder !== file.folder && isForbidden(file, folder, imported);
      })
      .map((imported) => `${file.path} -> ${imported.target}`),
  );
}

describe("import arrows", () => {
  test("the sources and their imports are found", () => {
    const plan = sources.find((file) => file.path === "plan/compute-plan.ts");
    expect(plan?.imports.map((imported) => folderOf(imported.target))).toContain("model");
    expect(sources.length).toBeGreaterThan(50);
  });

  test("model imports nothing of ours", () => {
    expect(violations((file) => file.folder === "model")).toEqual([]);
  });

  test("plan imports only model", () => {
    expect(violations((file, folder) => file.folder === "plan" && folder !== "model")).toEqual([]);
  });

  test("policy imports model and rules, of config only what it needs no file for, and two packages", () => {
    const isAllowed = (folder: string, { target }: SourceImport) =>
      folder === "model" || folder === "rules" || target === "config/daemon-config.ts";
    expect(violations((file, folder, imported) => file.folder === "policy" && !isAllowed(folder, imported))).toEqual(
      [],
    );
    const packages = sources
      .filter((file) => file.folder === "policy")
      .flatMap((file) => file.imports.filter(({ isType }) => !isType).map(({ target }) => target))
      .filter((target) => folderOf(target) === undefined && !target.startsWith("node:"));
    expect([...new Set(packages)].sort()).toEqual(["croner"]);
  });

  test("routing imports only model", () => {
    expect(violations((file, folder) => file.folder === "routing" && folder !== "model")).toEqual([]);
  });

  test("report imports model, and of plan, routing and forge only types", () => {
    const isAllowed = (folder: string, { isType }: SourceImport) =>
      folder === "model" || (["plan", "routing", "forge"].includes(folder) && isType);
    expect(violations((file, folder, imported) => file.folder === "report" && !isAllowed(folder, imported))).toEqual(
      [],
    );
  });

  test("what is sent to a control plane or flyteadmin passes the one place that knows fences, but for questions for a token", () => {
    const senders = sources
      .filter(({ folder }) => ["control-plane", "flyteadmin", "target", "apply"].includes(folder))
      .filter(({ imports }) =>
        imports.some(({ target, isType }) => !isType && /^(undici|node:https?|node:net|node:tls)$/.test(target)),
      )
      .map(({ path }) => path);
    expect(senders).toEqual(["control-plane/authenticate-client-credentials.ts"]);
    const writers = sources.filter(({ code }) => /\bwriterUnder\(fence\)/.test(code)).map(({ path }) => path);
    expect(writers).toEqual(["target/target.ts"]);
  });

  test("flyte-clusters imports only model and yaml", () => {
    const isAllowed = (folder: string) => folder === "model" || folder === "yaml";
    expect(violations((file, folder) => file.folder === "flyte-clusters" && !isAllowed(folder))).toEqual([]);
  });

  test("export imports only model and yaml, scaffold only model", () => {
    const isAllowed = (folder: string) => folder === "model" || folder === "yaml";
    expect(violations((file, folder) => file.folder === "export" && !isAllowed(folder))).toEqual([]);
    expect(violations((file, folder) => file.folder === "scaffold" && folder !== "model")).toEqual([]);
  });

  test("git imports only model; delivery imports git beside it, and only commands and the daemon import more than types of it", () => {
    const isBelow = (folder: string) => folder === "model" || folder === "git";
    expect(violations((file, folder) => file.folder === "git" && folder !== "model")).toEqual([]);
    expect(violations((file, folder) => file.folder === "delivery" && !isBelow(folder))).toEqual([]);
    const isShell = (file: SourceFile) => file.folder === "commands" || file.folder === "daemon";
    expect(violations((file, folder, { isType }) => folder === "delivery" && !isType && !isShell(file))).toEqual([]);
  });

  test("what seals knows systems by their types alone, and only what opens a target seals it", () => {
    const isSystem = (folder: string) => ["control-plane", "flyteadmin", "delivery"].includes(folder);
    const isAllowed = (folder: string, { isType }: SourceImport) =>
      ["model", "yaml", "http"].includes(folder) || (isSystem(folder) && isType);
    expect(violations((file, folder, imported) => file.folder === "sealing" && !isAllowed(folder, imported))).toEqual(
      [],
    );
    const opens = ({ target }: SourceImport) => target === "sealing/seal-systems.ts";
    expect(violations((file, _folder, imported) => file.folder !== "target" && opens(imported))).toEqual([]);
  });

  test("references imports only model, manifest, desired and http, and nothing that plans, keeps or shows imports it", () => {
    const isBelow = (folder: string) => ["model", "manifest", "desired", "http"].includes(folder);
    expect(violations((file, folder) => file.folder === "references" && !isBelow(folder))).toEqual([]);
    const isShell = (file: SourceFile) => file.folder === "commands" || file.folder === "daemon";
    expect(violations((file, folder) => folder === "references" && !isShell(file))).toEqual([]);
  });

  test("rules imports nothing of ours", () => {
    expect(violations((file) => file.folder === "rules")).toEqual([]);
  });

  test("the configuration imports only model, http, git, yaml, manifest and rules", () => {
    const isBelow = (folder: string) => ["model", "http", "git", "yaml", "manifest", "rules"].includes(folder);
    expect(violations((file, folder) => file.folder === "config" && !isBelow(folder))).toEqual([]);
  });

  test("the client of flyteadmin imports only model and http", () => {
    const isBelow = (folder: string) => folder === "model" || folder === "http";
    expect(violations((file, folder) => file.folder === "flyteadmin" && !isBelow(folder))).toEqual([]);
    expect(violations((file, folder) => file.folder === "http" && folder !== "model")).toEqual([]);
  });

  test("a source reads and writes nothing but git and files: it imports no client, store or plan", () => {
    const isBelow = (folder: string) => ["model", "git", "manifest", "desired", "config", "http"].includes(folder);
    expect(violations((file, folder) => file.folder === "source" && !isBelow(folder))).toEqual([]);
  });

  test("only commands imports the daemon and the embedded control plane", () => {
    const isShell = (folder: string) => folder === "daemon" || folder === "embedded";
    expect(violations((file, folder) => isShell(folder) && file.folder !== "commands")).toEqual([]);
  });

  test("only the command line imports commands, and below it only model", () => {
    expect(violations((file, folder) => folder === "commands" && file.path !== "cli.ts")).toEqual([]);
    const isBelow = (folder: string) => folder !== "commands" && folder !== "model";
    expect(violations((file, folder) => file.path === "cli.ts" && isBelow(folder))).toEqual([]);
  });

  test("what reads a control plane or flyteadmin can't write to it", () => {
    const isWriter = ({ target }: SourceImport) =>
      /^(control-plane|flyteadmin)\/(create-writer|writer|write-[a-z-]+)\.ts$/.test(target);
    expect(violations((file, _folder, imported) => file.folder === "live" && isWriter(imported))).toEqual([]);
  });

  test("folders do not import each other in a circle", () => {
    expect(findCircle(folderGraph())).toBeUndefined();
  });

  test("no file of the project leads out of src except to the schemas", () => {
    const outside = sources.flatMap((file) =>
      file.imports
        .filter(({ target }) => target.startsWith("..") && !/^\.\.\/schemas\/[a-z.-]+\.json$/.test(target))
        .map(({ target }) => `${file.path} -> ${target}`),
    );
    // The package's own description holds its version.
    expect(outside.filter((arrow) => !arrow.endsWith(" -> ../package.json"))).toEqual([]);
  });
});

function folderGraph(): ReadonlyMap<string, ReadonlySet<string>> {
  const graph = new Map<string, Set<string>>();
  for (const file of sources) {
    const targets = graph.get(file.folder) ?? new Set();
    graph.set(file.folder, targets);
    for (const { target } of file.imports) {
      const folder = folderOf(target);
      if (folder !== undefined && folder !== file.folder) targets.add(folder);
    }
  }
  return graph;
}

/** A path of folders that comes back to its begin; undefined when there is none. */
function findCircle(graph: ReadonlyMap<string, ReadonlySet<string>>): string | undefined {
  const done = new Set<string>();
  const visit = (folder: string, path: readonly string[]): string | undefined => {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder].join(" -> ");
    if (done.has(folder)) return undefined;
    for (const next of graph.get(folder) ?? []) {
      const circle = visit(next, [...path, folder]);
      if (circle !== undefined) return circle;
    }
    done.add(folder);
    return undefined;
  };
  for (const folder of graph.keys()) {
    const circle = visit(folder, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}
