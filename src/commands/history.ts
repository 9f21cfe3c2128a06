import { choosePaint } from "../report/paint.ts";
import { renderHistoryText } from "../report/render-history-text.ts";
import { EXIT } from "./exit-codes.ts";
import { printResult, type ServerOptions, withDaemon } from "./with-daemon.ts";

/** Options of `poolkeeper history`. */
export interface HistoryOptions extends ServerOptions {
  readonly target: string;
  readonly limit: number;
  readonly colour: boolean;
}

/** Shows what was applied to a target and what its passes came to, newest first. Exit code 0. */
export async function runHistory(options: HistoryOptions): Promise<number> {
  const { target, limit, json, colour } = options;
  const found = await withDaemon(options, async (daemon) => {
    const { applied } = await daemon.readTarget(target);
    return { applied: applied.slice(0, limit), passes: await daemon.listPasses(target, limit) };
  });
  printResult(found, json, () => renderHistoryText(found, choosePaint(colour)));
  return EXIT.ok;
}
