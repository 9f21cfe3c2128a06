import type { NextStep } from "../model/next-step.ts";
import { choosePaint } from "../report/paint.ts";
import { renderTargetsText } from "../report/render-targets-text.ts";
import { EXIT } from "./exit-codes.ts";
import { formatServerFlags } from "./format-server-flags.ts";
import { printResult, type ServerOptions, withDaemon } from "./with-daemon.ts";

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
