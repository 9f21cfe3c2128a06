/**
 * The program of the process that starts git for another one ({@link launchGit}). It is small, so that it forks quickly. When the other one
 * is gone, also by SIGKILL, it ends all that it has started, and itself.
 */
import type { GitOrder, GitReport } from "./launch-git.ts";
import { type GitProcess, startGit } from "./start-git.ts";

const running = new Map<number, GitProcess>();

/** Resolves when it is on its way, so that what the other process does not read yet is not kept here. */
function report(message: GitReport): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()));
}

async function carryOut(order: GitOrder): Promise<void> {
  const { run } = order;
  if (order.kind === "kill") {
    void report({ kind: "killing", run });
    return running.get(run)?.kill(order.how);
  }
  const git = startGit(order.start, {
    onOutput: (chunk) => report({ kind: "output", run, chunk }),
    onSaid: (text) => void report({ kind: "said", run, text }),
  });
  running.set(run, git);
  if (git.pid !== undefined) void report({ kind: "started", run, pid: git.pid });
  try {
    await report({ kind: "ended", run, ...(await git.ended) });
  } catch (error) {
    const { message, ...properties } = error as NodeJS.ErrnoException;
    await report({ kind: "failed", run, message, properties });
  } finally {
    running.delete(run);
  }
}

process.on("message", (order: GitOrder) => void carryOut(order));
process.on("disconnect", () => {
  for (const git of running.values()) git.kill("SIGKILL");
  process.exit();
});
// They are sent to a whole terminal or unit: the other process decides what is ended.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => undefined);
