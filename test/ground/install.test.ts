import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { transform } from "esbuild";
import { describe, expect, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

const SCRIPTS = join(import.meta.dirname, "..", "..", "scripts");
const STAND_IN = join(import.meta.dirname, "stand-in-npm.mjs");
const LOCK = {
  packages: {
    "": {},
    "node_modules/node": { version: "24.1.0" },
    "node_modules/other-platform": { version: "1.0.0", optional: true },
  },
};

/** A checkout with the two scripts, a lock file, and a stand-in for npm. */
function makeCheckout(): string {
  const root = makeTemporaryFolder();
  for (const folder of ["scripts", "programs"]) mkdirSync(join(root, folder));
  for (const script of ["install.mjs", "lock-file.mjs"])
    copyFileSync(join(SCRIPTS, script), join(root, "scripts", script));
  writeLock(root, LOCK);
  writeFileSync(join(root, "programs", "npm"), `#!/bin/sh\nexec "${process.execPath}" "${STAND_IN}" "$@"\n`, {
    mode: 0o755,
  });
  return root;
}

function writeLock(root: string, lock: object): void {
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
}

function startInstall(root: string, mode: string) {
  const path = [join(root, "node_modules", ".bin"), join(root, "programs"), process.env.PATH].join(":");
  const env = { ...process.env, PATH: path, STAND_IN_NPM: mode, npm_execpath: "", npm_node_execpath: "" };
  const child = spawn(process.execPath, [join(root, "scripts", "install.mjs")], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = async () => {
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    return { stdout, stderr, code };
  };
  return { child, end: read() };
}

async function install(root: string, mode = "installs") {
  return startInstall(root, mode).end;
}

interface NpmCall {
  readonly args: readonly string[];
  readonly path: string;
}

/** How npm was called, call by call. */
function readCalls(root: string): readonly NpmCall[] {
  const file = join(root, "calls.jsonl");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line): NpmCall => JSON.parse(line));
}

describe("scripts/install.mjs", () => {
  test.each(["install.mjs", "lock-file.mjs"])("%s uses no syntax that is newer than Node 18", async (script) => {
    const source = readFileSync(join(SCRIPTS, script), "utf8");
    const [old, newest] = await Promise.all(["node18", "esnext"].map((target) => transform(source, { target })));
    expect(old?.code).toBe(newest?.code);
  });

  test("a fresh checkout is installed, with one line on stderr", async () => {
    const root = makeCheckout();
    const { stdout, stderr, code } = await install(root);
    expect({ stdout, code }).toEqual({ stdout: "", code: 0 });
    expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/installing the dependencies/)]);
  });

  test("npm is told to take development dependencies and install scripts, whatever the user's settings", async () => {
    const root = makeCheckout();
    await install(root);
    const [call] = readCalls(root);
    expect(call?.args).toEqual(expect.arrayContaining(["ci", "--include=dev", "--ignore-scripts=false"]));
    expect(call?.path).not.toContain(join(root, "node_modules"));
  });

  test("a second call does nothing and prints nothing", async () => {
    const root = makeCheckout();
    await install(root);
    expect(await install(root)).toEqual({ stdout: "", stderr: "", code: 0 });
    expect(readCalls(root)).toHaveLength(1);
  });

  test("a changed lock file is installed again", async () => {
    const root = makeCheckout();
    await install(root);
    writeLock(root, { packages: { ...LOCK.packages, "node_modules/node": { version: "24.2.0" } } });
    await install(root);
    expect(readCalls(root)).toHaveLength(2);
  });

  test("a pinned Node that is gone is installed again", async () => {
    const root = makeCheckout();
    await install(root);
    rmSync(join(root, "node_modules", ".bin", "node"));
    await install(root);
    expect(readCalls(root)).toHaveLength(2);
  });

  test("of several at once one installs, and the others wait for it and say so", async () => {
    const root = makeCheckout();
    const started = [1, 2, 3].map(() => startInstall(root, "installs slowly"));
    let waiting = 0;
    for (const { child } of started)
      child.stderr.on("data", (words: Buffer) => {
        if (words.includes("waiting for process")) waiting += 1;
      });
    await expect.poll(() => waiting).toBe(2);
    writeFileSync(join(root, "go-on"), "");
    const ends = await Promise.all(started.map(({ end }) => end));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(readCalls(root)).toHaveLength(1);
    expect(ends.filter(({ stderr }) => /waiting for process \d+/.test(stderr))).toHaveLength(2);
  });

  test("what a killed install left behind does not stop the next one", async () => {
    const root = makeCheckout();
    const { child, end } = startInstall(root, "hangs");
    await expect.poll(() => readCalls(root)).toHaveLength(1);
    child.kill("SIGTERM");
    await end;
    mkdirSync(join(root, ".cache"), { recursive: true });
    writeFileSync(join(root, ".cache", "install.lock"), String(child.pid));
    expect(await install(root)).toMatchObject({ code: 0 });
  });

  test("stopped by SIGTERM it ends npm, gives the lock back and fails", async () => {
    const root = makeCheckout();
    const { child, end } = startInstall(root, "hangs");
    await expect.poll(() => readCalls(root)).toHaveLength(1);
    child.kill("SIGTERM");
    expect(await end).toMatchObject({ code: 1 });
    expect(existsSync(join(root, ".cache", "install.lock"))).toBe(false);
  });

  test("when npm fails, its words and the remedy are shown", async () => {
    const { stderr, code } = await install(makeCheckout(), "fails");
    expect(code).toBe(1);
    expect(stderr).toContain("network timeout at the registry");
    expect(stderr).toMatch(/Check that the registry .* is reachable/);
  });

  test.each([
    ["leaves node out", /is missing or does not run on this machine; Node 24 is needed/],
    ["installs an old node", /is v20\.1\.0; Node 24 is needed/],
  ])("when npm %s, the cause and the remedy are named", async (mode, cause) => {
    const { stderr, code } = await install(makeCheckout(), mode);
    expect(code).toBe(1);
    expect(stderr).toMatch(cause);
    expect(stderr).toMatch(/runs install scripts/);
  });

  test("where npm is not installed, it says so", async () => {
    const root = makeCheckout();
    rmSync(join(root, "programs", "npm"));
    const env = { ...process.env, PATH: join(root, "programs"), npm_execpath: "", npm_node_execpath: "" };
    const child = spawn(process.execPath, [join(root, "scripts", "install.mjs")], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    expect(await text(child.stderr)).toMatch(/npm can't be run .* Install npm/);
  });
});
