import { renderAuditText } from "../../report/history/render-audit-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper audit`; without a target, of all. */
export interface AuditOptions extends ServerOptions {
  readonly target: string | null;
  readonly limit: number;
  readonly colour: boolean;
}

/** Shows who did what, newest first. Exit code 0. */
export async function runAudit(options: AuditOptions): Promise<number> {
  const { target, limit, json, colour } = options;
  const entries = await withDaemon(options, (daemon) => daemon.listAudit(target, limit));
  printResult({ entries }, json, () => renderAuditText(entries, choosePaint(colour)));
  return EXIT.ok;
}
