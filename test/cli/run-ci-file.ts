import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { load } from "js-yaml";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { PROGRAM } from "./run-program.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** A machine that a CI runs a job on. */
export interface Runner {
  /** What was checked out. */
  readonly workspace: string;
  /** `RUNNER_TEMP`. */
  readonly temporary: string;
  /** What the job is given. */
  readonly env: Readonly<Record<string, string>>;
  /** What stands for `${{ name }}`. */
  readonly expressions: Readonly<Record<string, string>>;
}

/** How a job ended: with the first script that failed, or the last one. */
export interface JobEnd {
  readonly code: number;
  readonly log: string;
  /** What the job's summary says. */
  readonly summary: string;
}

const TARBALL = "the tarball of a release";
const TARBALL_URL = "https://releases.example.com/poolkeeper.tgz";

/** The checkout of the action at its commit, whose bundle is the program under test. Gives its folder. */
export function checkOutAction(): string {
  const folder = makeTemporaryFolder();
  mkdirSync(join(folder, "scripts"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "scripts", "build.mjs"), "");
  writeFileSync(join(folder, "bin", "poolkeeper.mjs"), `await import(${JSON.stringify(pathToFileURL(PROGRAM))});\n`);
  return folder;
}

/** A runner whose npm installs the program under test. */
export function openRunner(
  env: Readonly<Record<string, string>>,
  {
    workspace,
    expressions = {},
  }: { readonly workspace: string; readonly expressions?: Readonly<Record<string, string>> },
): Runner {
  const temporary = makeTemporaryFolder();
  const bin = join(temporary, "bin");
  mkdirSync(bin);
  writeScript(
    join(bin, "npm"),
    `if test "$1 $2" = "ci --prefix"; then test -f "$3/scripts/build.mjs"; exit; fi
test "$1 $2" = "install --prefix"
for last in "$@"; do :; done
test "$(cat "$last")" = '${TARBALL}'
mkdir -p "$3/node_modules/.bin"
cp '${join(bin, "poolkeeper")}' "$3/node_modules/.bin/poolkeeper"`,
  );
  writeScript(
    join(bin, "curl"),
    `while test "$1" != --output; do shift; done
test "$3" = '${TARBALL_URL}'
printf %s '${TARBALL}' > "$2"`,
  );
  writeScript(join(bin, "poolkeeper"), `exec '${process.execPath}' '${PROGRAM}' "$@"`);
  const release = {
    POOLKEEPER_URL: TARBALL_URL,
    POOLKEEPER_SHA256: createHash("sha256").update(TARBALL).digest("hex"),
  };
  const path = `${bin}:${process.env.PATH}`;
  return { workspace, temporary, expressions, env: { ...env, ...release, PATH: path, RUNNER_TEMP: temporary } };
}

function writeScript(file: string, lines: string): void {
  writeFileSync(file, `#!/bin/sh\nset -eu\n${lines}\n`);
  chmodSync(file, 0o755);
}

/** Reads a file of the project. */
export function readCiFile(...path: readonly string[]): ReturnType<typeof Object> {
  return Object(load(readFileSync(join(ROOT, ...path), "utf8")));
}

interface StepOfActions {
  readonly id?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the scripts of steps as a runner of Actions does; actions of others are left out, and what they would do is the test's. */
export async function runSteps(steps: readonly StepOfActions[], runner: Runner): Promise<JobEnd> {
  const output = join(runner.temporary, "output");
  const summary = join(runner.temporary, "summary");
  const known = new Map(Object.entries(runner.expressions));
  const fill = (value: string) =>
    String(value).replaceAll(/\$\{\{ (.*?) \}\}/g, (_whole, name: string) => known.get(name) ?? "");
  let log = "";
  for (const { id, run, shell, env = {} } of steps) {
    if (run === undefined) continue;
    writeFileSync(output, "");
    const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
    const all = { ...runner.env, ...given, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary };
    const flags = shell === undefined ? ["-e"] : ["--noprofile", "--norc", "-eo", "pipefail"];
    const end = await runBash(run, { flags, env: all, cwd: runner.workspace });
    log += end.log;
    if (end.code !== 0) return { code: end.code, log, summary: readIfThere(summary) };
    for (const line of readFileSync(output, "utf8")
      .split("\n")
      .filter((text) => text.includes("="))) {
      const [name = "", ...value] = line.split("=");
      known.set(`steps.${id}.outputs.${name}`, value.join("="));
    }
  }
  return { code: 0, log, summary: readIfThere(summary) };
}

/** Runs the lines of a job of GitLab: one shell, which the first failure ends. */
export async function runGitlabScript(lines: readonly string[], runner: Runner): Promise<JobEnd> {
  const end = await runBash(lines.join("\n"), { flags: ["-eo", "pipefail"], env: runner.env, cwd: runner.workspace });
  return { ...end, summary: "" };
}

interface Bash {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

async function runBash(
  script: string,
  { flags, env, cwd }: Bash,
): Promise<{ readonly code: number; readonly log: string }> {
  const child = spawn("bash", [...flags, "-c", script], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, log: stdout + stderr };
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
