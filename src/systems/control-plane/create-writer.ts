import type { Transport } from "@connectrpc/connect";
import { CAPABILITIES, type Generation } from "../../model/objects/live.ts";
import { type CallSettings, createCaller, type Identity } from "./call-control-plane.ts";
import { detectGeneration } from "./detect-generation.ts";
import { createClusterWriter } from "./write-clusters.ts";
import { createPoolWriter } from "./write-pools.ts";
import { createQueueWriter } from "./write-queues.ts";
import { createSettingsWriter } from "./write-settings.ts";
import type { ControlPlaneWriter, SettingsWriter } from "./writer.ts";

/** How a writer writes; every field has a default. */
export interface WriterOptions extends CallSettings {
  /** Gives the generation, for what it lacks. Default: it is requested at each write of a queue; pass a reader's own. */
  readonly detectGeneration?: () => Promise<Generation>;
}

/**
 * A writer over any transport: the wire, or an embedded control plane in this process. Each method is one write, tried once;
 * the reads that an update needs are tried again.
 */
export function createWriter(
  transport: Transport,
  identity: Identity,
  options: WriterOptions = {},
): ControlPlaneWriter & SettingsWriter {
  const caller = createCaller(identity.endpoint, options);
  const wire = { transport, caller, org: identity.org };
  const { detectGeneration: generation = () => detectGeneration(wire, identity.endpoint) } = options;
  return {
    ...createPoolWriter(wire),
    ...createClusterWriter(wire),
    ...createQueueWriter(wire, async () => CAPABILITIES[await generation()]),
    ...createSettingsWriter(wire),
  };
}
