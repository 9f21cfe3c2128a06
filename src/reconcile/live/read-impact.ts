import { OperationalError } from "../../model/errors/operational-error.ts";
import type { InFlight } from "../../model/objects/live.ts";
import type { ControlPlaneReader } from "../../systems/control-plane/reader.ts";

/** A queue whose work in flight is unknown, and why. */
export interface UnknownInFlight {
  readonly queue: string;
  readonly reason: string;
}

/** Work in flight of some queues: what is known, and what is not. No queue is in both; together they are all that was asked. */
export interface Impact {
  /** By queue name. */
  readonly inFlight: ReadonlyMap<string, InFlight>;
  /** Sorted by queue name. Unknown is not idle. */
  readonly unknown: readonly UnknownInFlight[];
}

const SILENT = "the control plane reports no metrics of it";

/**
 * Reads the work in flight of the named queues, pool by pool. Metrics are for people to weigh a plan, so failing to read
 * them is not fatal: the queues of that pool are given as unknown with the reason. Bugs are still thrown.
 */
export async function readImpact(
  reader: Pick<ControlPlaneReader, "readInFlight">,
  queues: readonly { readonly name: string; readonly pool: string }[],
): Promise<Impact> {
  const pools = [...Map.groupBy(queues, (queue) => queue.pool).values()];
  const parts = await Promise.all(pools.map((members) => readPool(reader, members)));
  return {
    inFlight: new Map(parts.flatMap((part) => [...part.inFlight])),
    unknown: parts.flatMap((part) => part.unknown).sort((left, right) => (left.queue < right.queue ? -1 : 1)),
  };
}

async function readPool(
  reader: Pick<ControlPlaneReader, "readInFlight">,
  queues: readonly { readonly name: string; readonly pool: string }[],
): Promise<Impact> {
  try {
    const inFlight = await reader.readInFlight(queues);
    const missing = queues.filter((queue) => !inFlight.has(queue.name));
    return { inFlight, unknown: missing.map(({ name }) => ({ queue: name, reason: SILENT })) };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return { inFlight: new Map(), unknown: queues.map(({ name }) => ({ queue: name, reason: error.message })) };
  }
}
