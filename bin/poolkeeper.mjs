#!/usr/bin/env node
// Starts poolkeeper: the sources in a checkout, the bundle in an installed package. It must parse on Node 18, because it
// is what moves an old Node's call to the Node 24 that comes with the dependencies.
import { spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync } from "node:fs";
import * as module from "node:module";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCE = join(ROOT, "src", "cli.ts");
const BUNDLE = join(ROOT, "dist", "cli.js");
const NODE_MAJOR = 24;
/** Set for the second start, so that a pinned Node that is old itself ends in a message and not in a loop. */
const RESTARTED = "POOLKEEPER_RESTARTED";

// A daemon that is starting may be asked to reload already, and by default this signal ends it. Its own handler comes with the program.
if (process.argv.slice(2).find((word) => !word.startsWith("-")) === "run") process.on("SIGHUP", () => {});

const isCheckout = existsSync(SOURCE);
const isRestarted = process.env[RESTARTED] !== undefined;
delete process.env[RESTARTED];

if (isCheckout && !existsSync(join(ROOT, "node_modules"))) {
  fail(`the dependencies of ${ROOT} are not installed: run "npm ci" there (or "npm start", which does so itself).`);
} else if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) {
  // Whoever kills the process that they started means this one, which does the work.
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.channel?.unref();
  // Compiled code is kept between runs: a good part of a short command's time is compiling.
  const compiled = process.env.NODE_COMPILE_CACHE === undefined ? claimCompiled() : undefined;
  if (compiled !== undefined) module.enableCompileCache?.(compiled);
  // Most of what a plan makes lives until its end, so a nursery that grows takes a third more memory and saves no time.
  setFlagsFromString("--semi-space-growth-factor=1");
  await import(pathToFileURL(isCheckout ? SOURCE : BUNDLE).href);
} else {
  const node = isRestarted ? undefined : findNode();
  if (node === undefined) fail(explainOldNode());
  else restart(node);
}

/**
 * The user's own folder for compiled code; undefined where there is none. Node's default is a folder for temporary files, and Node runs what it
 * finds there: another user of the machine could have put it there.
 */
function claimCompiled() {
  try {
    const own = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "poolkeeper");
    const compiled = join(own, "compiled");
    mkdirSync(compiled, { recursive: true, mode: 0o700 });
    return [own, compiled].every(isOwn) ? compiled : undefined;
  } catch {
    return undefined;
  }
}

/** Whether this user alone may write to a folder. Windows names no owner there: a user's profile is private. */
function isOwn(folder) {
  const { uid, mode } = lstatSync(folder);
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
}

function fail(message) {
  console.error(`poolkeeper: ${message}`);
  process.exitCode = 1;
}

function explainOldNode() {
  const need = `Node ${NODE_MAJOR} or newer is needed, this is ${process.version}`;
  return isCheckout
    ? `${need}, and ${join(ROOT, "node_modules", ".bin")} has none: run "npm ci" in ${ROOT} (or "npm start", which does so itself).`
    : `${need}. Install Node ${NODE_MAJOR} from https://nodejs.org, or add it beside poolkeeper: npm install node@${NODE_MAJOR}.`;
}

/** The node of this folder's dependencies, or of those that this package is part of. */
function findNode() {
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (let folder = ROOT; ; folder = dirname(folder)) {
    const candidates = [join(folder, "node_modules", ".bin", name), join(folder, "node_modules", "node", "bin", name)];
    const found = candidates.find((candidate) => existsSync(candidate));
    if (found !== undefined || folder === dirname(folder)) return found;
  }
}

function restart(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [RESTARTED]: "1" },
  });
  const forwarders = ["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => {
    // Ctrl-C on a terminal reaches both processes; sent on as well, it would count as pressed twice.
    const forward = () => (signal === "SIGINT" && process.stdin.isTTY ? undefined : child.kill(signal));
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  child.on("error", (error) => fail(`${node} can't be run (${error.message}). Install Node ${NODE_MAJOR}.`));
  child.on("exit", (code, signal) => {
    for (const stop of forwarders) stop();
    if (signal === null) process.exitCode = code;
    else {
      // Of this program's own, too: one that is left would keep this process from the same end.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}
