import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type { ControlPlaneOptions } from "../../src/cli/commands/control-plane.ts";

/** The line that says a control plane is ready. */
export interface Ready {
  readonly url: string;
  readonly admin_url: string | null;
  readonly flyteadmin_url: string;
  readonly generation: string;
  readonly org: string;
  readonly pid: number;
}

/** Starts `poolkeeper control-plane` as a process of its own; it is killed when the test ends. */
export function startControlPlane(
  options: Partial<ControlPlaneOptions>,
): ChildProcessByStdio<null, Readable, Readable> {
  const given = { port: 0, generation: "2026-11", org: "acme", ...options };
  const program = join(import.meta.dirname, "run-control-plane-child.ts");
  const child = spawn(process.execPath, [program, JSON.stringify(given)], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** Waits for the line that says it is ready. */
export async function whenReady(child: ReturnType<typeof startControlPlane>): Promise<Ready> {
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  return JSON.parse(line);
}
