import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type GitListener, type GitProcess, type GitSignal, type GitStart, killGroup } from "./start-git.ts";

/** What the launcher is asked for. `run` is the number of a git. */
export type GitOrder =
  | { readonly kind: "start"; readonly run: number; readonly start: GitStart }
  | { readonly kind: "kill"; readonly run: number; readonly how: GitSignal };

/** What the launcher reports. */
export type GitReport =
  | { readonly kind: "started"; readonly run: number; readonly pid: number }
  | { readonly kind: "output"; readonly run: number; readonly chunk: Buffer }
  | { readonly kind: "said"; readonly run: number; readonly text: string }
  /** The order to kill it has arrived. */
  | { readonly kind: "killing"; readonly run: number }
  | { readonly kind: "ended"; readonly run: number; readonly code: number | null; readonly killer: string | null }
  /** It was not started. */
  | { readonly kind: "failed"; readonly run: number; readonly message: string; readonly properties: object };

const ENTRY = fileURLToPath(
  new URL(import.meta.url.endsWith(".ts") ? "./launcher.ts" : "./launcher.js", import.meta.url),
);

/**
 * How long the launcher has to answer an order to kill by SIGKILL, in seconds. They are counted one by one, so that a time in which this
 * process was busy, and read no answer, is only one of them.
 */
const MOST_SILENT_S = 4;

/** A git that the launcher runs, and what waits for its end. */
interface Launched {
  readonly listener: GitListener;
  /** Once it is known. */
  pid?: number;
  /** Runs while the launcher has not answered the order to kill it. */
  unanswered?: NodeJS.Timeout;
  readonly resolve: (end: Awaited<GitProcess["ended"]>) => void;
  readonly reject: (error: Error) => void;
}

interface Launcher {
  launch(start: GitStart, listener: GitListener): GitProcess;
}

let launcher: Launcher | null = null;

/**
 * Starts git by a small process beside this one, the launcher, which is started with the first git and ends with this process. To fork copies
 * the page tables of the process that forks, and stops its event loop: 20 ms at 450 MB, where the launcher takes 2 ms (measured).
 * Promises what `startGit` does. One launcher runs the gits of all repositories: where it does not answer, it is ended itself, with all of them.
 */
export function launchGit(start: GitStart, listener: GitListener): GitProcess {
  launcher ??= startLauncher();
  return launcher.launch(start, listener);
}

function startLauncher(): Launcher {
  const running = new Map<number, Launched>();
  let runs = 0;
  // No variable of ours, which could hold a secret: git gets its own with each order.
  const child = fork(ENTRY, [], {
    execArgv: ["--no-warnings"],
    env: {},
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  /** While it runs nothing, it does not keep this process from ending. */
  const hold = () => {
    const change = running.size > 0 ? "ref" : "unref";
    child[change]();
    child.channel?.[change]();
  };
  const fail = (error: Error) => {
    if (launcher === self) launcher = null;
    for (const { pid, unanswered, reject } of running.values()) {
      clearInterval(unanswered);
      if (pid !== undefined) killGroup(pid, "SIGKILL");
      reject(error);
    }
    running.clear();
  };
  /** A launcher that hangs, or was stopped, kills nothing: what waits for its gits would wait without end. */
  const endUnlessAnswered = (launched: Launched) => {
    let seconds = 0;
    clearInterval(launched.unanswered);
    launched.unanswered = setInterval(() => {
      if (++seconds < MOST_SILENT_S) return;
      child.kill("SIGKILL");
      fail(new Error("git was killed by SIGKILL: the process that starts it did not answer"));
    }, 1_000);
  };
  child.on("error", fail);
  child.on("exit", (code, signal) => fail(new Error(`git was killed by ${signal ?? `exit code ${code}`}`)));
  child.on("message", (report: GitReport) => {
    const launched = running.get(report.run);
    if (launched === undefined) return;
    switch (report.kind) {
      case "started":
        launched.pid = report.pid;
        return;
      case "output":
        return void launched.listener.onOutput(Buffer.from(report.chunk));
      case "said":
        return launched.listener.onSaid(report.text);
      case "killing":
        return clearInterval(launched.unanswered);
      case "ended":
        launched.resolve(report);
        break;
      case "failed":
        launched.reject(Object.assign(new Error(report.message), report.properties));
        break;
    }
    clearInterval(launched.unanswered);
    running.delete(report.run);
    hold();
  });
  const self: Launcher = {
    launch: (start, listener) => {
      const run = runs++;
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<GitProcess["ended"]>>();
      const launched: Launched = { listener, resolve, reject };
      running.set(run, launched);
      hold();
      send(child, { kind: "start", run, start });
      const kill = (how: GitSignal) => {
        send(child, { kind: "kill", run, how });
        if (how === "SIGKILL" && running.has(run)) endUnlessAnswered(launched);
      };
      return { ended: promise, kill };
    },
  };
  return self;
}

/** What a launcher that is gone does not get is reported by its end. */
function send(child: ChildProcess, order: GitOrder): void {
  if (child.connected) child.send(order, () => undefined);
}
