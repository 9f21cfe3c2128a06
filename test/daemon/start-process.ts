import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { homeIn, PROGRAM } from "../cli/run-program.ts";
import type { DaemonWorld } from "./open-daemon-world.ts";
import { type Talk, talkTo } from "./talk-to-daemon.ts";

/** A daemon in a process of its own, from the built program. */
export interface DaemonProcess extends Talk {
  readonly pid: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Its exit code or signal. */
  readonly ended: Promise<number | string | null>;
  /** Lines on stderr so far. */
  readonly log: readonly string[];
}

/** How a daemon that does not start has ended. */
export interface NotStarted {
  readonly code: number | string | null;
  readonly log: readonly string[];
}

/** What a daemon's process needs of a world. */
type ProcessWorld = Pick<DaemonWorld, "folder" | "env">;

/** Starts a daemon with a configuration file; one that ends before it serves fails the test. */
export async function startProcess(world: ProcessWorld, file: string): Promise<DaemonProcess> {
  const started = await tryProcess(world, file);
  if ("code" in started) throw new Error(started.log.join("\n"));
  return started;
}

/** Starts a daemon, which may end before it serves. */
export async function tryProcess(world: ProcessWorld, file: string): Promise<DaemonProcess | NotStarted> {
  const env = { ...homeIn(world.folder), ...world.env };
  const child = spawn(process.execPath, [PROGRAM, "run", "--config", file], { env, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const log: string[] = [];
  createInterface(child.stderr).on("line", (line) => log.push(line));
  const ended = once(child, "exit").then(([code, signal]) => code ?? signal);
  const first = once(createInterface(child.stdout), "line").then(([line]) => String(line));
  const line = await Promise.race([first, ended.then(() => null)]);
  if (line === null) return { code: await ended, log };
  const { url } = JSON.parse(line);
  return { ...talkTo(url), pid: child.pid ?? 0, kill: (signal) => void child.kill(signal), ended, log };
}
