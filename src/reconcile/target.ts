import type { TargetTools } from "../apply/apply-context.ts";
import type { Fence } from "../model/fence.ts";
import type { Border } from "../sealing/open-border.ts";
import { openWriter, redactErrors, sealReader, sealSink } from "../sealing/seal-systems.ts";
import type { LedgerPlaces } from "../store/ledger/ledger-places.ts";
import { createAbsentControlPlane } from "../systems/control-plane/absent-control-plane.ts";
import type { Connection } from "../systems/control-plane/connection.ts";
import { type ControlPlane, openControlPlane } from "../systems/control-plane/open-control-plane.ts";
import type { Sink } from "../systems/delivery/sink.ts";
import type { FlyteadminConnection } from "../systems/flyteadmin/flyteadmin-connection.ts";
import { openFlyteadmin } from "../systems/flyteadmin/open-flyteadmin.ts";
import { limitTime, untilAborted } from "../systems/http/until-aborted.ts";
import type { TargetReaders } from "./live/read-target.ts";

/**
 * The systems of a target, ready to be read and written through a vault: what is sensitive comes out of them sealed, and what is sealed is
 * opened right before it is sent.
 */
export interface Target extends Pick<ControlPlane, "reader"> {
  /** "" where there is no Union control plane. */
  readonly org: string;
  /** The endpoint of the Union control plane, else of flyteadmin: a store's key of the target. */
  readonly endpoint: string;
  /** What it is written to with: nothing is sent that the fence does not let pass. There is no other way to write. */
  under(fence: Fence): TargetTools;
  readonly readers: TargetReaders;
  /** The same for one pass: reads end immediately when the signal is aborted (`ended_early`), and after 30 minutes (`reading_too_long`). */
  readersUntil(signal: AbortSignal): TargetReaders;
}

/** An open target. Nothing of it can be read or written but through a vault. */
export interface OpenTarget extends Pick<Target, "org" | "endpoint"> {
  /** Where files are delivered; null: nowhere. */
  readonly delivery: string | null;
  /** Where flyteadmin is; null: none was named. */
  readonly flyteadmin: string | null;
  /** A store's key of its ledger. */
  readonly ledger: LedgerPlaces;
  through(border: Border): Target;
  /** Frees the connections; calls that still run are cut. To be called once, at the end. */
  close(): Promise<void>;
}

/** Where the systems of a target are; null: it has none of that kind. At least one of the first two is there. */
export interface TargetConnections {
  readonly union: Connection | null;
  readonly flyteadmin: FlyteadminConnection | null;
  readonly delivery: Sink | null;
}

/** Bounds slow servers: the target is read again later, and others are not kept waiting. */
const LONGEST_LOOK_MS = 30 * 60_000;

/** Opens the systems of a target. Nothing is sent. Throws an OperationalError when a connection's files can't be read. */
export function openTarget({ delivery: sink, ...connections }: TargetConnections): OpenTarget {
  const union = connections.union === null ? null : openControlPlane(connections.union);
  const admin = connections.flyteadmin === null ? null : openFlyteadmin(connections.flyteadmin);
  const { reader, writerUnder } = union ?? createAbsentControlPlane();
  const names = {
    org: reader.org,
    endpoint: union === null ? (admin?.reader.endpoint ?? "") : reader.endpoint,
  };
  return {
    ...names,
    delivery: sink?.place ?? null,
    flyteadmin: admin?.reader.endpoint ?? null,
    ledger: {
      ...names,
      flyteadmin: admin?.reader.endpoint ?? null,
      delivery: sink?.name ?? null,
    },
    through: (border) => {
      const { vault } = border;
      const delivery = sink === null ? null : sealSink(sink, border);
      const sealed = sealReader(reader, vault);
      const rows = admin === null ? null : redactErrors(admin.reader, vault);
      return {
        ...names,
        reader: sealed,
        under: (fence) => ({
          reader: sealed,
          writer: openWriter(writerUnder(fence), vault),
          flyteadmin: admin && rows && { reader: rows, writer: redactErrors(admin.writerUnder(fence), vault) },
          delivery: delivery && { ...delivery, deliver: (files) => delivery.deliver(files, fence) },
        }),
        readers: { union: union === null ? null : sealed, flyteadmin: rows, delivery },
        readersUntil: (ending) => {
          const signal = limitTime(ending, LONGEST_LOOK_MS);
          return {
            union: union === null ? null : sealReader(union.readerUntil(signal), vault),
            flyteadmin: admin === null ? null : redactErrors(admin.readerUntil(signal), vault),
            delivery: delivery === null ? null : readSinkUntil(delivery, signal),
          };
        },
      };
    },
    close: async () => {
      await union?.close();
      await admin?.close();
    },
  };
}

function readSinkUntil(sink: Sink, signal: AbortSignal): TargetReaders["delivery"] {
  const { place, name } = sink;
  return {
    place,
    name,
    readDelivered: (paths) => untilAborted(() => sink.readDelivered(paths, signal), signal),
    isEmpty: () => untilAborted(() => sink.isEmpty(signal), signal),
  };
}
