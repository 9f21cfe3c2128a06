import { readImpact } from "../live/read-impact.ts";
import { readLive } from "../live/read-live.ts";
import { parseAddress } from "../model/address.ts";
import { OperationalError } from "../model/operational-error.ts";
import { describeStatus, selectStatus } from "../report/describe-status.ts";
import { choosePaint } from "../report/paint.ts";
import { renderStatusText } from "../report/render-status-text.ts";
import { type ConnectionOptions, withControlPlane } from "./connect.ts";
import { EXIT } from "./exit-codes.ts";
import { usage } from "./plan-options.ts";

/** Options of `poolkeeper status`. */
export interface StatusOptions extends ConnectionOptions {
  /** `KIND.NAME` by the name in the control plane; undefined: everything. */
  readonly address: string | undefined;
  readonly json: boolean;
  readonly colour: boolean;
}

/** Shows pools, clusters (enabled and disabled apart) and queues as they are now. Throws when the address is not there. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const { address } = options;
  if (address !== undefined && parseAddress(address) === undefined) {
    throw usage(`${address}: not an address. Write KIND.NAME, for example cluster.east, queue.batch or settings.acme/production.`);
  }
  const status = await withControlPlane(options, async ({ reader }) => {
    const live = await readLive(reader);
    const chosen = address === undefined ? live : selectStatus(live, address);
    if (chosen === null) {
      const message = `${address} is not on ${reader.endpoint} (org ${reader.org}).`;
      throw new OperationalError("not_found", message, { next: "stop" });
    }
    const queues = chosen.queues.filter((queue) => queue.state !== "deleted");
    const work = await readImpact(
      reader,
      queues.map(({ name, spec }) => ({ name, pool: spec.cluster_pool })),
    );
    return describeStatus(chosen, live, work.inFlight);
  });
  if (options.json) process.stdout.write(`${JSON.stringify(status, undefined, 2)}\n`);
  else process.stdout.write(renderStatusText(status, choosePaint(options.colour)));
  return EXIT.ok;
}
