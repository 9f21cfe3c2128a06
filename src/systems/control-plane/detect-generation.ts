import { type CallOptions, createClient } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Generation } from "../../model/objects/live.ts";
import { QueueService } from "./gen/cloudidl/queue/queue_pb.js";
import { createGetters } from "./get-records.ts";
import type { Wire } from "./list-records.ts";
import { requireGeneration, unclear } from "./require-generation.ts";

/** Refusals that only a server that has the method can give. */
const SHOWS_METHOD = new Set([
  "invalid_argument",
  "not_found",
  "failed_precondition",
  "out_of_range",
  "already_exists",
]);

/**
 * Detects the generation by an empty `QueueService/ResolveQueue`, which never writes: 2026-07 lacks the method (`unimplemented`), 2026-11
 * refuses the empty request. A gateway's page says `unimplemented`, too. So 2026-07 is believed where the server itself then gives the queue
 * `default` as 2026-07 has it, and lacks the method still; otherwise an OperationalError `generation_unclear` is thrown. Any other failure
 * (rights, network) says nothing about the generation and is thrown.
 */
export async function detectGeneration(wire: Wire, endpoint: string): Promise<Generation> {
  if (await hasResolveQueue(wire)) return "2026-11";
  const { getQueue } = createGetters(wire, async () => []);
  const queue = await getQueue("default");
  requireGeneration("2026-07", { queues: queue === undefined ? [] : [queue] }, endpoint);
  if (await hasResolveQueue(wire)) throw unclear(endpoint, "QueueService/ResolveQueue was missing, and is there now");
  return "2026-07";
}

async function hasResolveQueue({ transport, caller }: Wire): Promise<boolean> {
  const queues = createClient(QueueService, transport);
  const probe = (options: CallOptions) => queues.resolveQueue({}, options);
  try {
    await caller.read("QueueService/ResolveQueue", probe);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (error.code === "unimplemented") return false;
    if (!SHOWS_METHOD.has(error.code)) throw error;
  }
  return true;
}
