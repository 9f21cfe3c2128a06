import { describe, expect, test } from "vitest";
import { readSources, type SourceFile, type SourceImport } from "./read-sources.ts";

const sources = readSources();

/**
 * The rooms of src, lowest first, and what each may import of the others. All may import `kinds`, which imports
 * nothing, and `model`; none imports a room above it, so that no circle can arise.
 */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  kinds: [],
  model: [],
  systems: [],
  plan: [],
  manifests: ["systems"],
  sealing: ["manifests", "systems"],
  store: ["sealing", "systems"],
  report: ["plan"],
  apply: ["plan", "systems"],
  reconcile: ["apply", "manifests", "plan", "sealing", "store", "systems"],
  "pull-requests": ["manifests", "plan", "reconcile", "report", "store", "systems"],
  daemon: ["apply", "manifests", "plan", "pull-requests", "reconcile", "report", "sealing", "store", "systems"],
  embedded: ["systems"],
  cli: [
    "apply",
    "daemon",
    "embedded",
    "manifests",
    "plan",
    "pull-requests",
    "reconcile",
    "report",
    "sealing",
    "store",
    "systems",
  ],
};

/** The parts of rooms, lowest first: each may import those before it. "" is the files of the room that are in no part. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  model: [
    "",
    "text",
    "json",
    "secrets",
    "diagnostics",
    "errors",
    "objects",
    "plan",
    "ledger",
    "passes",
    "reviews",
    "daemon",
  ],
  plan: [
    "fields",
    "input",
    "policy",
    "routing",
    "draft",
    "placements",
    "compare",
    "decide",
    "steps",
    "ownership",
    "unfinished",
    "order",
    "origins",
    "outcome",
    "risks",
    "",
  ],
  manifests: ["yaml", "scaffold", "export", "flyte-clusters", "desired", "folder", "problems", ""],
  store: ["database", "plans", "leases", "sealing", "ledger", "records", "backup", ""],
  report: ["text", "routing", "plan", "review", "runs", "status", "history"],
  reconcile: ["source", "live", "", "workers", "pass"],
  "pull-requests": ["ci", "forge", "review", "commands", "authors", "drift", "publish", "after-merge", "groups", ""],
  embedded: ["faults", "state", "network", "wire", "rules", "model", "services", "flyteadmin", "admin", ""],
  cli: ["options", "saved-plan", "output", "daemon-client", "request", "targets", "commands", ""],
};

/** The folder that a file is in itself: "daemon/web" for `daemon/web/serve-web.ts`. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Folders, each with those that its own files import from, at any depth. */
function listReached(files: readonly Pick<SourceFile, "path" | "imports">[]): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const folder = folderOf(path);
    const targets = imports.map(({ target }) => target).filter((target) => isOurs(target));
    const others = targets.map(folderOf).filter((other) => other !== folder);
    direct.set(folder, new Set([...(direct.get(folder) ?? []), ...others]));
  }
  const follow = (folder: string, seen: Set<string>): Set<string> => {
    for (const next of direct.get(folder) ?? []) if (!seen.has(next)) follow(next, seen.add(next));
    return seen;
  };
  return new Map([...direct.keys()].map((folder) => [folder, follow(folder, new Set())]));
}

/** The folders whose files import, by way of others or not, what imports them back. */
function findCircles(files: readonly Pick<SourceFile, "path" | "imports">[]): readonly string[] {
  return [...listReached(files)].filter(([folder, reached]) => reached.has(folder)).map(([folder]) => folder);
}

/** Whether a path of src is in a folder, at any depth. */
function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** Whether an import leads into a room, and not to a package. */
function isOurs(target: string): boolean {
  return Object.hasOwn(ROOMS, target.split("/")[0] ?? "");
}

/** What the files of a folder import of ours beyond the folder itself, `kinds` and the allowed ones, as `file -> target`. */
function importsBeyond(
  folder: string,
  allowed: readonly string[],
  isCounted: (imported: SourceImport) => boolean = () => true,
): readonly string[] {
  return findImports(
    (file, imported) =>
      isIn(file.path, folder) &&
      isOurs(imported.target) &&
      isCounted(imported) &&
      ![folder, "kinds", ...allowed].some((each) => isIn(imported.target, each)),
  );
}

function findImports(isMeant: (file: SourceFile, imported: SourceImport) => boolean): readonly string[] {
  return sources.flatMap((file) =>
    file.imports.filter((imported) => isMeant(file, imported)).map(({ target }) => `${file.path} -> ${target}`),
  );
}

test("connections are made in one place, which knows the proxies", () => {
  const makers = sources.filter(({ code }) => /\bnew (Agent|EnvHttpProxyAgent|ProxyAgent|Client)\(/.test(code));
  expect(makers.map(({ path }) => path)).toEqual(["systems/http/create-dispatcher.ts"]);
});

describe("rooms", () => {
  test("the sources and their imports are found", () => {
    const plan = sources.find((file) => file.path === "plan/compute-plan.ts");
    expect(plan?.imports.map(({ target }) => target)).toContain("model/plan/plan.ts");
    expect(sources.length).toBeGreaterThan(50);
  });

  test("each folder of src is a room of the list", () => {
    expect([...new Set(sources.map(({ room }) => room))].filter((room) => room !== "").sort()).toEqual(
      Object.keys(ROOMS).sort(),
    );
  });

  test.each(Object.entries(ROOMS))("%s imports the rooms that it may, and all that it may", (room, below) => {
    const order = Object.keys(ROOMS);
    expect(below.filter((other) => order.indexOf(other) >= order.indexOf(room))).toEqual([]);
    expect(importsBeyond(room, order.indexOf(room) <= order.indexOf("model") ? [] : ["model", ...below])).toEqual([]);
    const used = sources.filter((file) => file.room === room).flatMap(({ imports }) => imports);
    expect(below.filter((other) => !used.some(({ target }) => isIn(target, other)))).toEqual([]);
  });

  test("the program's entry imports the command line alone, and nothing imports the library's door", () => {
    expect(findImports(({ path }, { target }) => path === "cli.ts" && isOurs(target) && !isIn(target, "cli"))).toEqual(
      [],
    );
    expect(sources.filter(({ room }) => room === "").map(({ path }) => path)).toEqual(["cli.ts", "index.ts"]);
    expect(findImports((_file, { target }) => target === "index.ts")).toEqual([]);
  });

  test("no file leads out of src except to the schemas and the package's description, which holds its version", () => {
    const isKnown = (target: string) => /^\.\.\/(schemas\/[a-z.-]+\.json|package\.json)$/.test(target);
    expect(findImports((_file, { target }) => target.startsWith("..") && !isKnown(target))).toEqual([]);
  });
});

describe("within rooms", () => {
  test.each(Object.entries(PARTS))("each part of %s imports those below it alone", (room, parts) => {
    const partOf = (path: string) => {
      const [, ...rest] = path.split("/");
      return rest.length > 1 ? (rest[0] ?? "") : "";
    };
    const own = sources.filter((file) => file.room === room);
    expect([...new Set(own.map(({ path }) => partOf(path)))].sort()).toEqual([...parts].sort());
    const isBelow = (part: string, other: string) => parts.indexOf(other) <= parts.indexOf(part);
    expect(
      findImports(
        (file, { target }) => file.room === room && isIn(target, room) && !isBelow(partOf(file.path), partOf(target)),
      ),
    ).toEqual([]);
  });

  test("no folder imports what imports it back, neither its parent nor another one at any depth", () => {
    expect(findCircles(sources)).toEqual([]);
    const file = (path: string, target: string) => ({ path, imports: [{ target, isType: true }] });
    expect(
      findCircles([
        file("plan/decide.ts", "plan/risks/find.ts"),
        file("plan/risks/find.ts", "plan/steps/draft.ts"),
        file("plan/steps/draft.ts", "plan/decide.ts"),
        file("plan/steps/order.ts", "plan/routing/route.ts"),
      ]),
    ).toEqual(["plan", "plan/risks", "plan/steps"]);
  });

  test("what compares and routes knows the model alone; decisions about plans take two packages", () => {
    expect(importsBeyond("plan/routing", ["model"])).toEqual([]);
    expect(importsBeyond("plan/policy", ["model"])).toEqual([]);
    const packages = sources
      .filter((file) => isIn(file.path, "plan"))
      .flatMap((file) => file.imports.filter(({ isType }) => !isType).map(({ target }) => target))
      .filter((target) => !isOurs(target) && !target.startsWith("node:"));
    expect([...new Set(packages)].sort()).toEqual(["@bufbuild/cel", "croner"]);
  });

  test("reports show routes and graphs, and compute none", () => {
    expect(importsBeyond("report", ["model"], ({ isType }) => !isType)).toEqual([]);
  });

  test("of systems, git and http know the model alone, and each client the one below it", () => {
    expect(importsBeyond("systems/git", ["model"])).toEqual([]);
    expect(importsBeyond("systems/http", ["model"])).toEqual([]);
    expect(importsBeyond("systems/flyteadmin", ["model", "systems/http"])).toEqual([]);
    expect(importsBeyond("systems/control-plane", ["model", "systems/http"])).toEqual([]);
    expect(importsBeyond("systems/delivery", ["model", "systems/files", "systems/git"])).toEqual([]);
  });

  test("YAML with positions, Flyte's clusters, and drafts know no other part of the manifests", () => {
    expect(importsBeyond("manifests/yaml", ["model"])).toEqual([]);
    for (const part of ["flyte-clusters", "export"])
      expect(importsBeyond(`manifests/${part}`, ["model", "manifests/yaml"])).toEqual([]);
    expect(importsBeyond("manifests/scaffold", ["model"])).toEqual([]);
  });

  test("a source reads and writes nothing but git and files: it imports no client, store or plan", () => {
    expect(importsBeyond("reconcile/source", ["model", "manifests", "systems/git", "systems/http"])).toEqual([]);
  });

  test("what a CI says of a job is read without a forge", () => {
    expect(importsBeyond("pull-requests/ci", ["model"])).toEqual([]);
  });

  test("the configuration knows what it checks: addresses, manifests and rules", () => {
    const below = ["model", "systems/http", "systems/git", "manifests", "plan/policy"];
    expect(importsBeyond("daemon/config", below)).toEqual([]);
  });

  test("references are resolved at the edge: nothing that plans, keeps or shows imports what does it", () => {
    const resolves = ({ target }: SourceImport) => target === "manifests/resolve-references.ts";
    expect(findImports((file, imported) => !["", "cli", "daemon"].includes(file.room) && resolves(imported))).toEqual(
      [],
    );
  });
});

describe("one way to the outside", () => {
  test("HTTP requests are sent in one place; all else that imports undici opens connections", () => {
    const values = sources.filter(({ code }) =>
      /^import \{[^}]*\b(request|fetch|stream|pipeline)\b[^}]*\} from "undici"/m.test(code),
    );
    expect(values.map(({ path }) => path)).toEqual(["systems/http/send-request.ts"]);
  });

  test("pauses grow in one place", () => {
    const doubles = sources.filter(({ code }) => /\* 2 \*\* (?!\d)/.test(code)).map(({ path }) => path);
    expect(doubles).toEqual(["model/errors/back-off.ts"]);
  });

  test("schedules are read in one place", () => {
    expect(findImports((_file, { target }) => target === "croner")).toEqual(["plan/policy/read-schedule.ts -> croner"]);
  });

  test("git is started in one place", () => {
    const starts = /\b(spawn|exec|execFile|fork)(Sync)?\(\s*["'`]git\b/;
    expect(sources.filter(({ code }) => starts.test(code)).map(({ path }) => path)).toEqual([
      "systems/git/start-git.ts",
    ]);
  });

  test("git that writes packs runs within limits, which leave the last of the disk to the store", () => {
    const writers = sources.filter(({ code }) => /\["(fetch|repack|gc|pull|clone|index-pack)", ("-|\.\.\.)/.test(code));
    expect(writers.map(({ path }) => path)).toEqual([
      "reconcile/source/create-repack.ts",
      "reconcile/source/fetch-within-limits.ts",
      "systems/delivery/create-git-sink.ts",
    ]);
    expect(writers.filter(({ code }) => !/\b(writePacks|withinLimits)\(/.test(code))).toEqual([]);
  });
});

describe("who may write", () => {
  test("what is sent to a control plane or flyteadmin passes the one place that knows fences", () => {
    const senders = sources
      .filter(({ path }) =>
        ["systems/control-plane", "systems/flyteadmin", "reconcile", "apply"].some((folder) => isIn(path, folder)),
      )
      .filter(({ imports }) =>
        imports.some(({ target, isType }) => !isType && /^(undici|node:https?|node:net|node:tls)$/.test(target)),
      )
      .map(({ path }) => path);
    expect(senders).toEqual([]);
    const writers = sources.filter(({ code }) => /\bwriterUnder\(fence\)/.test(code)).map(({ path }) => path);
    expect(writers).toEqual(["reconcile/target.ts"]);
  });

  test("only the daemon and the command line choose where files are delivered", () => {
    const isShell = ({ room }: SourceFile) => room === "cli" || room === "daemon" || room === "systems";
    expect(
      findImports((file, { target, isType }) => isIn(target, "systems/delivery") && !isType && !isShell(file)),
    ).toEqual([]);
  });

  test("what seals knows systems by their types alone, and only what opens a target seals it", () => {
    const below = ["model", "manifests/yaml", "systems/http"];
    expect(importsBeyond("sealing", below, ({ isType }) => !isType)).toEqual([]);
    const opens = ({ target }: SourceImport) => target === "sealing/seal-systems.ts";
    expect(findImports((file, imported) => !/^reconcile\/[a-z-]+\.ts$/.test(file.path) && opens(imported))).toEqual([]);
  });

  test("what reads a control plane or flyteadmin can't write to it", () => {
    const isWriter = (path: string) =>
      /^systems\/(control-plane|flyteadmin)\/((create-)?(flyteadmin-)?writer|write-[a-z-]+)\.ts$/.test(path);
    expect(
      sources
        .filter(({ code }) => /export (function|interface) (create)?\w*Writer\b/.test(code))
        .map(({ path }) => path)
        .filter((path) => isIn(path, "systems") && !isWriter(path)),
    ).toEqual([]);
    expect(findImports((file, { target }) => isIn(file.path, "reconcile/live") && isWriter(target))).toEqual([]);
  });
});
