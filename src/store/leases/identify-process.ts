import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isNumber, isText, objectOf, orNull } from "../../model/json/shape.ts";
import type { LeaseHolder } from "./lease.ts";

type Identity = Omit<LeaseHolder, "id">;

/** A process as it was written down. */
export const isIdentity = objectOf<Identity>({
  ...{ host: isText, pid: isNumber, machine: orNull(isText), started: orNull(isText) },
});

/** This process, as another one on the same machine can recognise it. */
export function identifyProcess(): Identity {
  const { pid } = process;
  return { host: hostname(), pid, machine: identifyMachine(), started: readProcess(pid)?.started ?? null };
}

/**
 * Whether a process is known to have ended: it was on this very machine, and its number is free, or another process's by now. False where
 * that is unknown: on another machine, in another container, or elsewhere than on Linux.
 */
export function isProcessGone({ machine, pid, started }: Identity): boolean {
  if (machine === null || machine !== identifyMachine()) return false;
  if (!isNumberTaken(pid)) return true;
  const found = readProcess(pid);
  return found !== null && (found.ended || (started !== null && found.started !== started));
}

/** Linux has an id for each boot, and on it for each namespace of process numbers (a container has its own). */
function identifyMachine(): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")} ${hostname()}`;
  } catch {
    // Not Linux, or not allowed to look: then no process is ever taken for gone.
    return null;
  }
}

function isNumberTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Any other refusal comes from a process that is there.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

/** Fields 3 (state) and 22 (start, in ticks since the machine's own) of `/proc/PID/stat`; the name before may hold anything. */
function readProcess(pid: number): { readonly ended: boolean; readonly started: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state, started] = [fields[0], fields[19]];
    if (state === undefined || started === undefined) return null;
    // Ended, and not yet fetched by its parent.
    return { ended: state === "Z" || state === "X", started };
  } catch {
    // Not Linux, not allowed to look, or ended this moment.
    return null;
  }
}
