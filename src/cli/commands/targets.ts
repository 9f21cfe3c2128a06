import { OperationalError } from "../../model/errors/operational-error.ts";
import type { NextStep } from "../../model/passes/next-step.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import type { StatusReason } from "../../plan/policy/status-reasons.ts";
import { renderTargetsText } from "../../report/status/render-targets-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import type { DaemonClient } from "../daemon-client/open-daemon.ts";
import type { ServerFlags } from "../daemon-client/resolve-server.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper targets`. */
export interface TargetsOptions extends ServerOptions {
  readonly colour: boolean;
}

/** Lists the targets of a running daemon with their status, also where it can't answer what to do next. Exit code 0. */
export async function runTargets(options: TargetsOptions): Promise<number> {
  const { targets, next, next_error } = await withDaemon(options, async (daemon) => {
    const listed = await daemon.listTargets();
    // Without its store, a daemon lists what it has in memory, and nothing else: that is shown immediately.
    const once = listed.some(({ status }) => status.reason === NO_STORE);
    const { steps, error } = await listNext(daemon, once);
    return { targets: listed, next: steps.map((step) => nameServer(step, options)), next_error: error };
  });
  const result = { targets, next, ...(next_error !== null && { next_error }) };
  printResult(result, options.json, () => renderTargetsText(targets, next, choosePaint(options.colour), next_error));
  return EXIT.ok;
}

const NO_STORE: StatusReason = "StoreUnavailable";

/** The next steps; or none, and why they can't be listed. */
async function listNext(
  daemon: DaemonClient,
  once: boolean,
): Promise<{ readonly steps: readonly NextStep[]; readonly error: string | null }> {
  try {
    return { steps: await daemon.listNextSteps({ once }), error: null };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return { steps: [], error: error.message };
  }
}

/** Who has just named the daemon does not have to do so again in what is printed. */
function nameServer(step: NextStep, options: TargetsOptions): NextStep {
  const { command } = step;
  return command === null ? step : { ...step, command: [command, ...formatServerFlags(options)].join(" ") };
}

/**
 * The flags that name the daemon and the caller, as a shell takes them, so that a printed command goes where the one that printed it went.
 * A token is never among them: of one that was given as a flag, `TOKEN` stands in its place.
 */
function formatServerFlags(flags: ServerFlags): readonly string[] {
  const { server, serverToken, serverTokenFile, caFile, insecure, insecureSkipVerify } = flags;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["--server", server],
    ["--server-token", serverToken === undefined ? undefined : "TOKEN"],
    ["--server-token-file", serverTokenFile],
    ["--ca-file", caFile],
  ];
  return [
    ...named.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoteWord(value)])),
    ...(insecure === true ? ["--insecure"] : []),
    ...(insecureSkipVerify === true ? ["--insecure-skip-verify"] : []),
  ];
}
