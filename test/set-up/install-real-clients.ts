import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { acquireLock } from "../../scripts/lock-file.mjs";
import { REAL_CLIENT_VERSIONS, realClientFolder, realClientProgram } from "./real-client-versions.ts";

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 10 * 60_000;
/** Exits with 0 where Python is new enough and can make venvs. */
const PYTHON_CHECK = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/** Global set-up of the tests that run the real clients: both are there when it is done. */
export async function setup(): Promise<void> {
  await Promise.all(Object.values(REAL_CLIENT_VERSIONS).map(installRealClient));
}

/** Makes the venv of one release unless an earlier run has; processes that do so at once wait for each other. */
async function installRealClient(version: string): Promise<void> {
  if (isInstalled(version)) return;
  const folder = realClientFolder(version);
  mkdirSync(dirname(folder), { recursive: true });
  const release = await acquireLock(`${folder}.lock`);
  try {
    if (!isInstalled(version)) await makeVenv(version, folder);
  } finally {
    release();
  }
}

async function makeVenv(version: string, folder: string): Promise<void> {
  await checkPython();
  console.error(`installing the real client flyteplugins-union ${version} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  await runStep("python3", ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await runStep(join(folder, "bin", "python"), [...pip, `flyteplugins-union==${version}`]);
  writeFileSync(stampFile(folder), folder);
}

/** Written last, so that a half-made venv is made again; it holds the path, because a venv can't be moved. */
function stampFile(folder: string): string {
  return join(folder, "complete");
}

function isInstalled(version: string): boolean {
  const folder = realClientFolder(version);
  const stamp = stampFile(folder);
  const isWhole = existsSync(realClientProgram(version)) && existsSync(join(folder, "bin", "python"));
  return isWhole && existsSync(stamp) && readFileSync(stamp, "utf8") === folder;
}

async function checkPython(): Promise<void> {
  try {
    await run("python3", ["-c", PYTHON_CHECK]);
  } catch (error) {
    throw new Error(
      "The conformance tests run the upstream clients and need python3, version 3.10 or newer, with venv (Debian and Ubuntu: package python3-venv). Install it, or run the other tests only: npx vitest run --project own",
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
