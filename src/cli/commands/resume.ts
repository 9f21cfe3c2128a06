import { countNoun } from "../../model/text/count-noun.ts";
import { shown } from "../../report/text/shown-text.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { readDaemonAddress } from "../options/server-options.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper resume`. */
export interface ResumeOptions extends ServerOptions {
  readonly target: string;
  readonly address?: string | undefined;
}

/** Lifts the pause of a target, or of one of its objects. Exit code 0, also where there was none. */
export async function runResume(options: ResumeOptions): Promise<number> {
  const address = readDaemonAddress(options.address);
  const ended = await withDaemon(options, (daemon) => daemon.resume(options.target, address));
  printResult({ ended }, options.json, () =>
    ended === 0 ? shown`Nothing was paused.\n` : shown`Resumed: ${countNoun(ended, "pause")} lifted.\n`,
  );
  return EXIT.ok;
}
