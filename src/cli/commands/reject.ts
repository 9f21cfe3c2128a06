import { showDigest } from "../../model/text/digest-digits.ts";
import { shown } from "../../report/text/shown-text.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { EXIT } from "../output/exit-codes.ts";

/** Options of `poolkeeper reject`. */
export interface RejectOptions extends ServerOptions {
  readonly digest: string;
  /** Needed where several targets have the same plan. */
  readonly target: string | undefined;
  readonly reason: string;
}

/** Rejects a plan. Exit code 0. */
export async function runReject(options: RejectOptions): Promise<number> {
  const { digest, target, reason, json } = options;
  const rejected = await withDaemon(options, (daemon) => daemon.reject({ digest, target }, reason));
  printResult(
    rejected,
    json,
    () => shown`Rejected: plan ${showDigest(rejected.digest)} of target ${rejected.target}.\n`,
  );
  return EXIT.ok;
}
