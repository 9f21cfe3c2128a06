import type { FastifyRequest } from "fastify";
import type { Read } from "../answers/pace-reads.ts";
import { readClientAddress } from "./read-client-address.ts";

/** Of how much of a parameter is known whether it takes long: every beginning of a digest gives the same plan. */
const KNOWN_LETTERS = 32;

/** The read of a route; `given`: what its answer depends on beside the parameters, with who asks last. */
export function describeRead(request: FastifyRequest, given: readonly unknown[]): Read {
  const params = Object.values(request.params as Readonly<Record<string, unknown>>).map(String);
  return {
    resource: JSON.stringify([request.routeOptions.url, ...params.map((text) => text.slice(0, KNOWN_LETTERS))]),
    key: JSON.stringify([params, ...given]),
    isGone: () => request.socket.destroyed,
    caller: JSON.stringify([readClientAddress(request), given.at(-1)]),
  };
}
