import { createRouterTransport, type Transport } from "@connectrpc/connect";
import type { Model } from "./create-model.ts";
import { createRoutes } from "./create-routes.ts";

/**
 * A transport that answers from a model in this process: the same codec and the same rules as over the network, without
 * one. Nothing listens, nothing has to be closed.
 */
export function createEmbeddedTransport(model: Model): Transport {
  return createRouterTransport(createRoutes(model));
}
