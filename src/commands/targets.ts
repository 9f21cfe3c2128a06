import { choosePaint } from "../report/paint.ts";
import { renderTargetsText } from "../report/render-targets-text.ts";
import { EXIT } from "./exit-codes.ts";
import { printResult, type ServerOptions, withDaemon } from "./with-daemon.ts";

/** Options of `poolkeeper targets`. */
export interface TargetsOptions extends ServerOptions {
  readonly colour: boolean;
}

/** Lists the targets of a running daemon with their status. Exit code 0. */
export async function runTargets(options: TargetsOptions): Promise<number> {
  const { targets, next } = await withDaemon(options, async (daemon) => {
    const [listed, steps] = await Promise.all([daemon.listTargets(), daemon.listNextSteps()]);
    return { targets: listed, next: steps };
  });
  printResult({ targets, next }, options.json, () => renderTargetsText(targets, next, choosePaint(options.colour)));
  return EXIT.ok;
}
