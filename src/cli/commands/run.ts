import { homedir } from "node:os";
import { basename, join } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { readConfig } from "../../daemon/config/read-config.ts";
import { readSecret } from "../../daemon/config/read-secret.ts";
import { createLog } from "../../daemon/logging/create-log.ts";
import type { Log, LogLevel } from "../../daemon/logging/log.ts";
import { openLogStream } from "../../daemon/logging/open-log-stream.ts";
import { type Daemon, startDaemon } from "../../daemon/start-daemon.ts";
import type { DaemonConfig } from "../../model/daemon/daemon-config.ts";
import type { Diagnostic } from "../../model/diagnostics/diagnostic.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { renderDiagnostics } from "../../report/text/render-diagnostics.ts";
import { claimDirectory } from "../../store/leases/claim-directory.ts";
import { redactKnownSecrets } from "../../systems/http/known-secrets.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showNote } from "../output/show-result.ts";
import { untilEnding } from "../targets/on-ending.ts";

/** Options of `poolkeeper run`. */
export interface RunOptions {
  /** File with the daemon's configuration. */
  readonly config: string;
  readonly logLevel: LogLevel;
  readonly colour: boolean;
}

/**
 * Runs the daemon until SIGTERM or SIGINT, then lets calls under way end and returns 0. SIGHUP reads the configuration again: one with an
 * error is refused as a whole, and the daemon keeps its current one. The first line on stdout is `{"url","pid"}`, printed when it serves;
 * logs go to stderr. Returns 3 when the configuration is invalid. Throws an OperationalError where it can't start.
 */
export async function runDaemon({ config: file, logLevel, colour }: RunOptions): Promise<number> {
  const started = Promise.withResolvers<() => Promise<void>>();
  // From before the file is read to the end: by default SIGHUP would end the process, and what is read may be old already.
  const reload = () => void started.promise.then((read) => read());
  process.on("SIGHUP", reload);
  const { config, diagnostics } = readConfig(file);
  showNote(renderDiagnostics(diagnostics, choosePaint(colour)));
  if (config === null) return EXIT.invalid;
  const log: ReturnType<typeof createLog> = createLog({
    level: logLevel,
    destination: openLogStream(2, process.stderr.isTTY === true, (lines) =>
      log.warn({ lines }, "Log lines were dropped: the reader of the log did not keep up."),
    ),
    redact: redactKnownSecrets,
  });
  const { folder, release } = claimCache(config);
  const daemon = await startDaemon({ ...{ config, log, readSecret, folder }, version: packageJson.version });
  started.resolve(() => reloadConfig(file, daemon, log));
  showDocument(`${JSON.stringify({ url: daemon.url, pid: process.pid })}\n`);
  log.info({ url: daemon.url, targets: config.targets.length }, "The daemon is running.");
  const signal = await untilEnding(["SIGTERM", "SIGINT"]);
  log.info({ signal }, "Stopping: waiting for calls in progress.");
  await daemon.stop();
  process.off("SIGHUP", reload);
  release();
  return EXIT.ok;
}

/** A daemon that its caller reloads and stops. */
export interface OpenedDaemon {
  readonly url: string;
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** {@link runDaemon} for a process that has other work too: no signal is handled and nothing is printed. `log`: takes each line; default: stderr. Throws an OperationalError `config_invalid`. */
export async function openDaemon(
  file: string,
  {
    logLevel,
    log: destination,
  }: { readonly logLevel: LogLevel; readonly log?: { write(line: string): void } | undefined },
): Promise<OpenedDaemon> {
  const { config, diagnostics } = readConfig(file);
  if (config === null) {
    const message = `${file} has errors:\n${renderDiagnostics(diagnostics)}`;
    throw new OperationalError("config_invalid", message, { next: "stop" });
  }
  const log = createLog({
    level: logLevel,
    destination: destination ?? openLogStream(2, false),
    redact: redactKnownSecrets,
  });
  const { folder, release } = claimCache(config);
  try {
    const daemon = await startDaemon({ ...{ config, log, readSecret, folder }, version: packageJson.version });
    return {
      url: daemon.url,
      reload: () => reloadConfig(file, daemon, log),
      stop: async () => {
        await daemon.stop();
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Lets a daemon continue with what the file says by now; where that has errors, with what it has, and it says so. */
async function reloadConfig(file: string, daemon: Daemon, log: Log): Promise<void> {
  try {
    const { config, diagnostics } = readConfig(file);
    if (config === null) {
      daemon.refuse(explainErrors(file, diagnostics));
      log.error({ diagnostics }, "The configuration has errors and was not loaded; the current one stays in effect.");
      return;
    }
    await daemon.reload(config);
  } catch (err) {
    // Nothing that a new configuration brings about, foreseen or not, ends the targets that run.
    daemon.refuse(err instanceof OperationalError ? err.message : "The log says why.");
    log.error({ err }, "The configuration was not loaded; the current one stays in effect.");
  }
}

function explainErrors(file: string, diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first] = errors;
  const where = first === undefined ? "" : ` The first: line ${first.line}: ${first.summary}`;
  return `${basename(file)} has ${countNoun(errors.length, "error")}, and a daemon that is started with it exits immediately.${where}`;
}

/** Most daemons of one user on one machine. */
const MOST_DAEMONS = 100;

/** Beside a store that is a directory; else the first place for what can be made again that no other daemon has. */
function claimCache({ store }: DaemonConfig): { readonly folder: string; readonly release: () => void } {
  if (store.kind === "directory") return { folder: join(store.path, "cache"), release: () => {} };
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  for (let number = 1; ; number += 1) {
    const folder = join(cache, "poolkeeper", `daemon-${number}`);
    try {
      return { folder, release: claimDirectory(folder) };
    } catch (error) {
      if (!(error instanceof OperationalError)) throw explainNoCache(error, folder);
      if (error.code !== "store_in_use" || number === MOST_DAEMONS) throw error;
    }
  }
}

/** What the file system, or SQLite for the lock, refused: no room, no permission, no folder. */
function explainNoCache(cause: unknown, folder: string): OperationalError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `The folder ${folder} for mirrors of repositories can't be used: ${reason}. Make room and check that you can write to it, or set XDG_CACHE_HOME to another folder.`;
  return new OperationalError("cache_failed", message, { next: "stop", cause });
}
