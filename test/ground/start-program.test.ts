import { type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "poolkeeper.mjs");
const OLD_NODE = { NODE_OPTIONS: `--import ${pathToFileURL(join(import.meta.dirname, "pretend-old-node.mjs")).href}` };

/** Says which entry ran with which arguments and version, then does what its first argument says. */
const entry = (name: string) => `
const [what, value] = process.argv.slice(2);
if (what === "exit") process.exitCode = Number(value);
if (what === "wait") { process.on(value, () => process.exit(7)); setInterval(() => {}, 1000); }
if (what === "run") process.removeAllListeners(value);
if (what === "die" || what === "run") setTimeout(() => process.kill(process.pid, value), 1);
console.log(JSON.stringify({ entry: ${JSON.stringify(name)}, args: process.argv.slice(2), version: process.versions.node }));
`;

interface Layout {
  readonly source?: boolean;
  readonly bundle?: boolean;
  /** Where the dependencies are, relative to the layout's folder; they hold the Node that runs this test. */
  readonly nodeIn?: string;
  /** The folder of poolkeeper itself, relative to the layout's. Default: the same. */
  readonly at?: string;
}

/** Lays poolkeeper's program out with stand-ins for what it starts; returns the program's path. */
function layOut(layout: Layout): { readonly folder: string; readonly program: string } {
  const folder = makeTemporaryFolder();
  const root = join(folder, layout.at ?? "");
  const program = join(root, "bin", "poolkeeper.mjs");
  write(join(root, "package.json"), '{ "type": "module" }');
  if (layout.source) write(join(root, "src", "cli.ts"), `const typed: number = 1; ${entry("source")}; void typed;`);
  if (layout.bundle) write(join(root, "dist", "cli.js"), entry("bundle"));
  if (layout.nodeIn !== undefined) {
    const binaries = join(folder, layout.nodeIn, "node_modules", ".bin");
    mkdirSync(binaries, { recursive: true });
    symlinkSync(process.execPath, join(binaries, "node"));
  }
  mkdirSync(dirname(program), { recursive: true });
  copyFileSync(PROGRAM, program);
  return { folder, program };
}

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function start(program: string, args: readonly string[], options: SpawnOptions = {}) {
  const env = { ...process.env, NODE_OPTIONS: "", ...options.env };
  const child = spawn(process.execPath, [program, ...args], { ...options, env, stdio: ["ignore", "pipe", "pipe"] });
  const end = async () => {
    const [stdout, stderr, [code, signal]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit"),
    ]);
    return { stdout, stderr, code, signal };
  };
  return { child, end };
}

describe("bin/poolkeeper.mjs", () => {
  test("uses no syntax that is newer than Node 18", async () => {
    const source = readFileSync(PROGRAM, "utf8");
    const [old, newest] = await Promise.all(["node18", "esnext"].map((target) => transform(source, { target })));
    expect(old?.code).toBe(newest?.code);
  });

  test("keeps compiled code where nobody else may write, and runs none from a folder for everybody's temporary files", async () => {
    const { folder, program } = layOut({ bundle: true });
    const [everybodys, cache] = ["tmp", "cache"].map((name) => join(folder, name)) as [string, string];
    mkdirSync(everybodys);
    chmodSync(everybodys, 0o1777);
    const env = { TMPDIR: everybodys, XDG_CACHE_HOME: cache, NODE_COMPILE_CACHE: undefined };
    const compiled = join(cache, "poolkeeper", "compiled");
    expect((await start(program, ["exit", "0"], { env }).end()).code).toBe(0);
    expect(readdirSync(everybodys)).toEqual([]);
    expect(readdirSync(compiled)).toHaveLength(1);
    expect(statSync(compiled).mode & 0o777).toBe(0o700);

    rmSync(compiled, { recursive: true });
    for (const shared of [compiled, dirname(compiled)]) {
      mkdirSync(compiled, { recursive: true });
      chmodSync(shared, 0o777);
      expect((await start(program, ["exit", "0"], { env }).end()).code).toBe(0);
      expect(readdirSync(compiled)).toEqual([]);
      chmodSync(shared, 0o700);
    }
    rmSync(compiled, { recursive: true });
    symlinkSync(everybodys, compiled);
    expect((await start(program, ["exit", "0"], { env }).end()).code).toBe(0);
    expect(readdirSync(everybodys)).toEqual([]);
  });

  test("in a checkout the sources run, although there is a bundle", async () => {
    const { program } = layOut({ source: true, bundle: true, nodeIn: "" });
    const { stdout, code } = await start(program, ["exit", "3"]).end();
    expect(JSON.parse(stdout)).toMatchObject({ entry: "source", args: ["exit", "3"] });
    expect(code).toBe(3);
  });

  test("in a package the bundle runs", async () => {
    const { program } = layOut({ bundle: true, at: "node_modules/poolkeeper" });
    const { stdout, code } = await start(program, ["x y", "--flag"]).end();
    expect(JSON.parse(stdout)).toMatchObject({ entry: "bundle", args: ["x y", "--flag"] });
    expect(code).toBe(0);
  });

  test("called through a link from another folder it finds its own", async () => {
    const { folder, program } = layOut({ source: true, nodeIn: "" });
    symlinkSync(program, join(folder, "linked"));
    const { stdout } = await start(join(folder, "linked"), [], { cwd: "/" }).end();
    expect(JSON.parse(stdout)).toMatchObject({ entry: "source" });
  });

  test("in a checkout without dependencies it says to run npm ci", async () => {
    const { program } = layOut({ source: true });
    const { stderr, code } = await start(program, []).end();
    expect(stderr).toMatch(/not installed: run "npm ci"/);
    expect(code).toBe(1);
  });
});

describe("bin/poolkeeper.mjs on an old Node", () => {
  const whereNodeIs: readonly (readonly [string, Layout])[] = [
    ["its checkout", { source: true, nodeIn: "" }],
    ["the dependencies that it is part of", { bundle: true, at: "node_modules/poolkeeper", nodeIn: "" }],
    ["its own dependencies", { bundle: true, at: "node_modules/poolkeeper", nodeIn: "node_modules/poolkeeper" }],
  ];
  test.each(whereNodeIs)("moves to the Node of %s, with arguments and exit code", async (_where, layout) => {
    const { program } = layOut(layout);
    const { stdout, code } = await start(program, ["exit", "4", "--a b"], { env: OLD_NODE }).end();
    expect(JSON.parse(stdout)).toMatchObject({ args: ["exit", "4", "--a b"], version: process.versions.node });
    expect(code).toBe(4);
  });

  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "%s is passed on, and the exit code comes back",
    async (signal) => {
      const { program } = layOut({ source: true, nodeIn: "" });
      const { child, end } = start(program, ["wait", signal], { env: OLD_NODE });
      child.stdout?.once("data", () => child.kill(signal));
      expect(await end()).toMatchObject({ code: 7, signal: null });
    },
  );

  test.each([
    ["die", "SIGKILL"],
    // A daemon that is reloaded before its first statement.
    ["run", "SIGHUP"],
  ])("when the moved process (%s) dies of %s, so does it", async (what, signal) => {
    const { program } = layOut({ source: true, nodeIn: "" });
    expect(await start(program, [what, signal], { env: OLD_NODE }).end()).toMatchObject({ signal });
  });

  test.each([
    ["checkout", { source: true, at: "a" }, /run "npm ci"/],
    ["package", { bundle: true, at: "node_modules/poolkeeper" }, /Install Node 24/],
  ] as const)("in a %s without another Node it says what to do", async (_place, layout, remedy) => {
    const { folder, program } = layOut(layout);
    mkdirSync(join(folder, layout.at, "node_modules"), { recursive: true });
    const { stderr, code } = await start(program, [], { env: OLD_NODE }).end();
    expect(stderr).toMatch(/Node 24 or newer is needed, this is v20\.1\.0/);
    expect(stderr).toMatch(remedy);
    expect(code).toBe(1);
  });

  test("where the other Node is old too, it ends in a message instead of a loop", async () => {
    const { program } = layOut({ source: true, nodeIn: "" });
    const { stderr, code } = await start(program, [], { env: { ...OLD_NODE, PRETEND_ALL_OLD: "1" } }).end();
    expect(stderr).toMatch(/Node 24 or newer is needed/);
    expect(code).toBe(1);
  });
});
