import type { DeliveryTools } from "../../src/apply/apply-context.ts";
import type { Fence } from "../../src/model/fence.ts";
import type { Sink } from "../../src/systems/delivery/sink.ts";

/** Lets everything pass: for tests that are not about who may write. */
export const OPEN_FENCE: Fence = { confirm: async () => {}, check: () => {} };

/** Where files are delivered, whoever may write. */
export function deliverFreely(sink: Sink): DeliveryTools {
  return { ...sink, deliver: (delivery) => sink.deliver(delivery, OPEN_FENCE) };
}
