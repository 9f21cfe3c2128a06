import type { NextStep } from "../../model/passes/next-step.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import { renderTargetsText } from "../../report/status/render-targets-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import type { ServerFlags } from "../daemon-client/resolve-server.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper targets`. */
export interface TargetsOptions extends ServerOptions {
  readonly colour: boolean;
}

/** Lists the targets of a running daemon with their status. Exit code 0. */
export async function runTargets(options: TargetsOptions): Promise<number> {
  const { targets, next } = await withDaemon(options, async (daemon) => {
    const [listed, steps] = await Promise.all([daemon.listTargets(), daemon.listNextSteps()]);
    return { targets: listed, next: steps.map((step) => nameServer(step, options)) };
  });
  printResult({ targets, next }, options.json, () => renderTargetsText(targets, next, choosePaint(options.colour)));
  return EXIT.ok;
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
