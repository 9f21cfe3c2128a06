import type { GivenPause } from "../../model/daemon/daemon-records.ts";
import { formatMoment } from "../../report/text/format-moment.ts";
import { type Shown, shown } from "../../report/text/shown-text.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { readDaemonAddress, readUntil } from "../options/server-options.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper pause`. */
export interface PauseOptions extends ServerOptions {
  readonly target: string;
  readonly address?: string | undefined;
  /** A duration or a time. */
  readonly until?: string | undefined;
  readonly reason: string;
}

/** Leaves a target, or one of its objects, alone. Exit code 0. */
export async function runPause(options: PauseOptions): Promise<number> {
  const { target, reason, json } = options;
  const asked = { address: readDaemonAddress(options.address), until: readUntil(options.until, Date.now()), reason };
  const pause = await withDaemon(options, (daemon) => daemon.pause(target, asked));
  printResult(pause, json, () => renderPause(pause));
  return EXIT.ok;
}

function renderPause({ target, address, until, warning }: GivenPause): Shown {
  const what = address === null ? target : `${address} of ${target}`;
  const paused = shown`Paused: ${what}, ${until === null ? "until it is resumed" : `until ${formatMoment(until)}`}.\n`;
  // An older daemon says nothing of it.
  return warning == null ? paused : shown`${paused}Warning: ${warning}\n`;
}
