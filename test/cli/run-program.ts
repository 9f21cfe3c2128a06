import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { inject, onTestFinished } from "vitest";
import {
  type ServedControlPlane,
  type ServeOptions,
  serveControlPlane,
} from "../../src/embedded/serve-control-plane.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import type { PoolkeeperResult } from "../set-up/run-poolkeeper.ts";
import { planInProcess } from "./plan-in-process.ts";

/** What an installed poolkeeper runs. */
export const PROGRAM = inject("program");

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A place to run poolkeeper in: a control plane, a folder of manifests, and a home of its own. */
export interface Desk {
  readonly served: ServedControlPlane;
  readonly folder: string;
  /** The folder of manifests. */
  readonly repository: string;
  /** Variables of a user's shell, with the connection. */
  readonly env: Readonly<Record<string, string>>;
  /** Writes files of the repository: `pools/a.yaml` to its text; null empties the file of manifests. */
  readonly write: (files: Readonly<Record<string, string>>) => void;
  readonly post: (path: string, body: object) => Promise<void>;
  /** In a process of its own. */
  readonly start: (args: readonly string[], env?: Readonly<Record<string, string>>) => Started;
  /** In this process: see {@link runInProcess}. */
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<PoolkeeperResult>;
}

/** A program under way. */
export interface Started {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Waits until it has printed these words on stderr. */
  readonly untilSaid: (words: string) => Promise<void>;
  readonly ended: Promise<Ended>;
}

/** Opens a desk for the running test: an empty organization, an empty repository. */
export async function openDesk(generation: Generation = "2026-11", options: Partial<ServeOptions> = {}): Promise<Desk> {
  const served = await serveControlPlane({ generation, org: "acme", adminPort: 0, ...options });
  onTestFinished(() => served.close());
  const folder = makeTemporaryFolder();
  const repository = join(folder, "repository");
  mkdirSync(repository);
  const env = { ...homeIn(folder), POOLKEEPER_ENDPOINT: served.url, POOLKEEPER_ORG: "acme" };
  const start: Desk["start"] = (args, more = {}) => startProgram(args, { ...env, ...more }, folder);
  return {
    ...{ served, folder, repository, env, start },
    write: (files) => writeFiles(repository, files),
    post: async (path, body) => {
      const response = await fetch(`${served.adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    },
    run: (args, more = {}) => runInProcess(args, { ...env, ...more }, folder),
  };
}

const COMPILED = join(import.meta.dirname, "..", "..", ".cache", "compiled");

/** Variables that keep a program away from what the machine's user has. */
export function homeIn(folder: string): Readonly<Record<string, string>> {
  // Compiled once for all tests: a home of its own has nothing compiled.
  return {
    ...{ PATH: process.env.PATH ?? "", HOME: folder, XDG_STATE_HOME: join(folder, "state") },
    NODE_COMPILE_CACHE: COMPILED,
  };
}

/** Starts the program with nothing but the variables given. */
export function startProgram(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Started {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const end = async (): Promise<Ended> => {
    const [stdout, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
    return { stdout, stderr, code, signal };
  };
  return {
    pid: child.pid ?? 0,
    kill: (signal) => void child.kill(signal),
    untilSaid: async (words) => {
      while (!stderr.includes(words)) await once(child.stderr, "data");
    },
    ended: end(),
  };
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}

/** Opens a desk whose repository is applied; `store` is a folder below the desk's. */
export async function openAppliedDesk(
  files: Readonly<Record<string, string>>,
  generation: Generation = "2026-11",
  store?: string,
): Promise<Desk> {
  const desk = await openDesk(generation);
  desk.write(files);
  await planInProcess(desk, { apply: true, ...(store === undefined ? {} : { store }) });
  return desk;
}
