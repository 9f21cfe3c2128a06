import { createRouterTransport, type Transport } from "@connectrpc/connect";
import type { Model } from "../model/create-model.ts";
import { createRoutes } from "./create-routes.ts";

/**
 * A transport that answers from a model in this process, with the same codec and rules as over the network. It listens on no port, and
 * does not have to be closed.
 */
export function createEmbeddedTransport(model: Model): Transport {
  return createRouterTransport(createRoutes(model));
}
