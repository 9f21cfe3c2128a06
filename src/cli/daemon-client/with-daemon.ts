import type { Shown } from "../../report/text/shown-text.ts";
import { showDocument, showResult } from "../output/show-result.ts";
import { type DaemonClient, openDaemon } from "./open-daemon.ts";
import { resolveServer, type ServerFlags } from "./resolve-server.ts";

/** The flags of every command that talks to a running daemon. */
export interface ServerOptions extends ServerFlags {
  /** One JSON document instead of text. */
  readonly json: boolean;
}

/** Runs `use` on the daemon that flags and environment name, and closes the connection in any case. */
export async function withDaemon<T>(options: ServerOptions, use: (daemon: DaemonClient) => Promise<T>): Promise<T> {
  const daemon = openDaemon(resolveServer(options, process.env));
  try {
    return await use(daemon);
  } finally {
    await daemon.close();
  }
}

/** Prints a result on stdout: as JSON, or as text. */
export function printResult(value: object, json: boolean, text: () => Shown): void {
  if (json) showDocument(`${JSON.stringify(value, undefined, 2)}\n`);
  else showResult(text());
}
