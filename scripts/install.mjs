#!/usr/bin/env node
// Sets up the checkout's dependencies where they are not what package-lock.json asks for. Plain JavaScript without
// dependencies: it runs first, on any Node from 18 on. Quick and silent when nothing is to do.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { acquireLock } from "./lock-file.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const PINNED_NODE = join(ROOT, "node_modules", ".bin", "node");
const NODE_MAJOR = "24";

try {
  await install();
} catch (error) {
  console.error(`poolkeeper: ${error.message}`);
  process.exitCode = 1;
}

async function install() {
  if (isInstalled()) return;
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const release = await acquireLock(join(ROOT, ".cache", "install.lock"), {
    onWait: (pid) => console.error(`poolkeeper: waiting for process ${pid}, which installs the dependencies`),
  });
  try {
    // Another process may have done it while this one waited; what it runs on must not be removed under it.
    if (isInstalled()) return;
    console.error("poolkeeper: installing the dependencies (npm ci), about half a minute");
    await runNpmCi();
    checkInstalled();
  } finally {
    release();
  }
}

function isInstalled() {
  return isLockInstalled() && readNodeVersion().startsWith(`v${NODE_MAJOR}.`);
}

/**
 * Whether node_modules holds what package-lock.json names. The stamp is npm's own: it writes down what it installed
 * when it is through, whoever called it. A package left out because it is for another platform is marked optional.
 */
function isLockInstalled() {
  const stamp = join(ROOT, "node_modules", ".package-lock.json");
  if (!existsSync(stamp)) return false;
  const wanted = readPackages(join(ROOT, "package-lock.json"));
  const present = readPackages(stamp);
  const isPresent = ([path, entry]) =>
    path === "" || (present[path] ? present[path].version === entry.version : entry.optional || entry.devOptional);
  return Object.entries(wanted).every(isPresent);
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

/** `v24.1.2`, or "" when the pinned Node is not there or does not run on this machine. */
function readNodeVersion() {
  if (!existsSync(PINNED_NODE)) return "";
  const { stdout } = spawnSync(PINNED_NODE, ["--version"], { encoding: "utf8" });
  return (stdout ?? "").trim();
}

/**
 * `--include=dev` and `--ignore-scripts=false` win over NODE_ENV=production and over the user's npm settings: the tools
 * are development dependencies, and the pinned Node arrives by an install script.
 */
async function runNpmCi() {
  const args = ["ci", "--include=dev", "--ignore-scripts=false", "--no-audit", "--no-fund", "--loglevel=error"];
  const [command, ...first] = findNpm();
  const child = spawn(command, [...first, ...args], {
    cwd: ROOT,
    env: environmentOutsideCheckout(),
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  // npm gets to tidy up before this process ends and gives the lock back.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => child.kill(signal));
  const end = await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`npm can't be run (${error.message}). Install npm.`)));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
  if (end === 0) return;
  throw new Error(
    `npm ci ended with ${end}.\n${output.trim()}\nCheck that the registry (npm config get registry) is reachable and the disk not full, then try again.`,
  );
}

/** The npm that runs this script, by the Node that runs it; else the one in PATH. */
function findNpm() {
  const { npm_execpath: npm, npm_node_execpath: node } = process.env;
  const isUsable = npm && node && basename(npm) === "npm-cli.js" && !node.startsWith(join(ROOT, "node_modules"));
  return isUsable ? [node, npm] : ["npm"];
}

/** Without node_modules/.bin in PATH: npm removes that folder, and can't run on a Node in it. */
function environmentOutsideCheckout() {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  const folders = (process.env[name] ?? "").split(delimiter);
  return {
    ...process.env,
    [name]: folders.filter((folder) => folder !== dirname(PINNED_NODE)).join(delimiter),
  };
}

function checkInstalled() {
  const version = readNodeVersion();
  if (version.startsWith(`v${NODE_MAJOR}.`)) return;
  const found = version === "" ? "is missing or does not run on this machine" : `is ${version}`;
  throw new Error(
    `npm ci ended well, but ${PINNED_NODE} ${found}; Node ${NODE_MAJOR} is needed. It comes with the npm package "node", whose install script loads the binary for ${process.platform}-${process.arch}: see that npm runs install scripts (npm config get ignore-scripts, npm install-scripts ls) and that the registry has "node-${process.platform}-${process.arch}". On a platform without one, use the Dockerfile.`,
  );
}
