import { type CallOptions, createClient, type Transport } from "@connectrpc/connect";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Generation } from "../../model/objects/live.ts";
import type { Caller } from "./call-control-plane.ts";
import { QueueService } from "./gen/cloudidl/queue/queue_pb.js";

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
 * refuses the empty request. Any other failure (rights, network) says nothing about the generation and is thrown.
 */
export async function detectGeneration(transport: Transport, caller: Caller): Promise<Generation> {
  const queues = createClient(QueueService, transport);
  const probe = (options: CallOptions) => queues.resolveQueue({}, options);
  try {
    await caller.read("QueueService/ResolveQueue", probe);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    if (error.code === "unimplemented") return "2026-07";
    if (!SHOWS_METHOD.has(error.code)) throw error;
  }
  return "2026-11";
}
