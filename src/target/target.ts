import { createAbsentControlPlane } from "../control-plane/absent-control-plane.ts";
import type { Connection } from "../control-plane/connection.ts";
import { type ControlPlane, openControlPlane } from "../control-plane/open-control-plane.ts";
import type { Sink } from "../delivery/sink.ts";
import type { FlyteadminConnection } from "../flyteadmin/connection.ts";
import { type Flyteadmin, openFlyteadmin } from "../flyteadmin/open-flyteadmin.ts";
import { untilAborted } from "../http/until-aborted.ts";
import type { TargetReaders } from "../live/read-target.ts";

/** The systems of a target, ready to be read and written. */
export interface Target extends Pick<ControlPlane, "reader" | "writer"> {
  /** "" where there is no Union control plane. */
  readonly org: string;
  /** That of the Union control plane, else of flyteadmin: what a store tells targets apart by. */
  readonly endpoint: string;
  readonly flyteadmin: Flyteadmin | null;
  readonly delivery: Sink | null;
  readonly readers: TargetReaders;
  /** The same, whose reads end at once when the signal is aborted. */
  readersUntil(signal: AbortSignal): TargetReaders;
  /** Frees the connections; calls that still run are cut. To be called once, at the end. */
  close(): Promise<void>;
}

/** Where the systems of a target are; null: it has none of that kind. At least one of the first two is there. */
export interface TargetConnections {
  readonly union: Connection | null;
  readonly flyteadmin: FlyteadminConnection | null;
  readonly delivery: Sink | null;
}

/** Opens the systems of a target. Nothing is sent. Throws an OperationalError when a connection's files can't be read. */
export function openTarget(connections: TargetConnections): Target {
  const { delivery } = connections;
  const union = connections.union === null ? null : openControlPlane(connections.union);
  const flyteadmin = connections.flyteadmin === null ? null : openFlyteadmin(connections.flyteadmin);
  const { reader, writer } = union ?? createAbsentControlPlane();
  return {
    reader,
    writer,
    org: reader.org,
    endpoint: union === null ? (flyteadmin?.reader.endpoint ?? "") : reader.endpoint,
    flyteadmin,
    delivery,
    readers: { union: union?.reader ?? null, flyteadmin: flyteadmin?.reader ?? null, delivery },
    readersUntil: (signal) => ({
      union: union?.readerUntil(signal) ?? null,
      flyteadmin: flyteadmin?.readerUntil(signal) ?? null,
      delivery: delivery === null ? null : readSinkUntil(delivery, signal),
    }),
    close: async () => {
      await union?.close();
      await flyteadmin?.close();
    },
  };
}

function readSinkUntil(sink: Sink, signal: AbortSignal): TargetReaders["delivery"] {
  const { place } = sink;
  return { place, readDelivered: (paths) => untilAborted(() => sink.readDelivered(paths, signal), signal) };
}
