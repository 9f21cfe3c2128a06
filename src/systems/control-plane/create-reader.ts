import type { Transport } from "@connectrpc/connect";
import pLimit from "p-limit";
import { CAPABILITIES, type Generation } from "../../model/objects/live.ts";
import type { PageReading } from "../http/read-pages.ts";
import { type CallSettings, createCaller, type Identity } from "./call-control-plane.ts";
import { detectGeneration } from "./detect-generation.ts";
import { createGetters } from "./get-records.ts";
import { createLists } from "./list-records.ts";
import { PARALLEL_STREAMS, readInFlight } from "./read-in-flight.ts";
import type { StreamLimits } from "./read-metrics.ts";
import { createSettingsReader } from "./read-settings.ts";
import type { ControlPlaneReader, SettingsReader } from "./reader.ts";
import { rememberAnswer } from "./remember-answer.ts";

/** How a reader reads; every field has a default. */
export interface ReaderOptions extends CallSettings {
  /** How long a metrics stream is listened to. Default: 5 s for the first message, 500 ms for the rest. */
  readonly metricsLimits?: StreamLimits;
  /** What lists may take. Default: that of a million objects each. */
  readonly reading?: PageReading;
  /** Gives the generation. Default: it is requested once. */
  readonly detectGeneration?: () => Promise<Generation>;
}

const DEFAULT_METRICS_LIMITS: StreamLimits = { firstMs: 5_000, restMs: 500 };

/**
 * A reader over any transport: the wire, or an embedded control plane in this process. Failed reads are tried again; the
 * generation is asked for once, unless the options give it.
 */
export function createReader(
  transport: Transport,
  identity: Identity,
  options: ReaderOptions = {},
): ControlPlaneReader & SettingsReader {
  const caller = createCaller(identity.endpoint, options);
  const wire = { transport, caller, org: identity.org, reading: options.reading };
  const generation = options.detectGeneration ?? rememberAnswer(() => detectGeneration(wire, identity.endpoint));
  const lists = createLists(wire, async () => CAPABILITIES[await generation()].undelete);
  const { metricsLimits: limits = DEFAULT_METRICS_LIMITS } = options;
  const limit = pLimit(PARALLEL_STREAMS);
  return {
    ...identity,
    ...lists,
    ...createGetters(wire, () => lists.listPools("deleted")),
    ...createSettingsReader(wire),
    detectGeneration: generation,
    readInFlight: async (queues) =>
      queues.length === 0
        ? new Map()
        : readInFlight({ ...wire, generation: await generation(), limits, limit }, queues),
  };
}
