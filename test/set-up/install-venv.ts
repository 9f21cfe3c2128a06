import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { acquireLock } from "../../scripts/lock-file.mjs";

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 10 * 60_000;
/** Exits with 0 where Python is new enough and can make venvs. */
const PYTHON_CHECK = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/** A Python venv that tests need. */
export interface Venv {
  readonly folder: string;
  /** With their versions, as pip takes them. */
  readonly packages: readonly string[];
  /** For what it is, in messages. */
  readonly purpose: string;
}

/** Makes a venv unless an earlier run has; processes that do so at once wait for each other. */
export async function installVenv(venv: Venv): Promise<void> {
  if (isInstalled(venv)) return;
  mkdirSync(dirname(venv.folder), { recursive: true });
  const release = await acquireLock(`${venv.folder}.lock`);
  try {
    if (!isInstalled(venv)) await makeVenv(venv);
  } finally {
    release();
  }
}

async function makeVenv(venv: Venv): Promise<void> {
  const { folder, packages, purpose } = venv;
  await checkPython(purpose);
  console.error(`installing ${purpose} (${packages.join(", ")}) into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  await runStep("python3", ["-m", "venv", folder]);
  // Most modules are never used; what is gets compiled then.
  const pip = ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"];
  await runStep(join(folder, "bin", "python"), [...pip, ...packages]);
  writeFileSync(stampFile(venv), stampOf(venv));
}

/** Written last, so that a half-made venv is made again. */
function stampFile({ folder }: Venv): string {
  return join(folder, "complete");
}

/** It holds the path, because a venv can't be moved, and the packages, because others may be asked for one day. */
function stampOf({ folder, packages }: Venv): string {
  return [folder, ...packages].join("\n");
}

function isInstalled(venv: Venv): boolean {
  const stamp = stampFile(venv);
  const isThere = existsSync(join(venv.folder, "bin", "python")) && existsSync(stamp);
  return isThere && readFileSync(stamp, "utf8") === stampOf(venv);
}

async function checkPython(purpose: string): Promise<void> {
  try {
    await run("python3", ["-c", PYTHON_CHECK]);
  } catch (error) {
    throw new Error(
      `The tests with ${purpose} need python3, version 3.10 or newer, with venv (Debian and Ubuntu: package python3-venv). Install it, or run the other tests only: npx vitest run --project=own --project=sharing`,
      { cause: error },
    );
  }
}

async function runStep(command: string, args: readonly string[]): Promise<void> {
  try {
    await run(command, [...args], { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 64 << 20 });
  } catch (error) {
    throw new Error(`${command} ${args.join(" ")} failed. Check that the Python package index is reachable.`, {
      cause: error,
    });
  }
}
