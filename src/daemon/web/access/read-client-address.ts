import { isIP } from "node:net";
import rateLimit from "@fastify/rate-limit";
import type { FastifyRequest } from "fastify";

/** An address with the port of the connection, as some proxies send it: `203.0.113.7:50123`, `[2001:db8::7]:50123`. */
const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]*))(?::\d{1,5})?$/;

/**
 * The address that a request counts for: of IPv6, its /64 network, as one machine has many addresses there. A port is left out: each connection has
 * another one. Where a trusted proxy sends something else than an address, it is the proxy's own: the sender may have chosen it.
 */
export function readClientAddress({ ip, socket }: Pick<FastifyRequest, "ip" | "socket">): string {
  const [, six, four] = WITH_PORT.exec(ip) ?? [];
  const address = [ip, six, four].find((one) => one !== undefined && isIP(one) !== 0);
  return rateLimit.normalizeIP(address ?? socket.remoteAddress ?? "");
}

/** A caller at an address; `counted`: as what the token or session counts, null: there is none. */
export function nameCaller(request: Pick<FastifyRequest, "ip" | "socket">, counted: string | null): string {
  const address = readClientAddress(request);
  return counted === null ? address : `${address} ${counted}`;
}
