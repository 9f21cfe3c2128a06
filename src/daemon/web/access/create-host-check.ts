import { isIPv4, isIPv6 } from "node:net";
import type { FastifyRequest } from "fastify";
import type { HttpConfig } from "../../../model/daemon/daemon-config.ts";
import { isLoopback } from "../../../systems/http/is-loopback.ts";
import { WebError } from "../answers/web-error.ts";

/** Whether requests were sent to this server by a name of its own. */
export interface HostCheck {
  isOwn(request: FastifyRequest): boolean;
  /** Throws `misdirected` where it was not. */
  require(request: FastifyRequest): void;
}

/** `NAME`, `ADDRESS` or `[IPV6]`, with a port or without; a name may end in the dot of the root. */
const AUTHORITY = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)\.?)(?::\d{1,5})?$/;

/**
 * Protects against DNS rebinding: a foreign page whose name was made to resolve to this server, so that a browser lets it read the answers.
 * Own names are loopback names, the hosts of `public_url` and `listen`, and those in `hosts`. Every IP address is one, too: a browser sends
 * it only for a page that it loaded from that very address, and no DNS is involved. `X-Forwarded-Host` never replaces `Host`, as a rebound
 * page may set it: where a trusted proxy sends it, both are checked.
 */
export function createHostCheck({
  host,
  public_url,
  hosts,
}: Pick<HttpConfig, "host" | "public_url" | "hosts">): HostCheck {
  const named = new Set([host.toLowerCase(), ...hosts, ...(public_url === null ? [] : [new URL(public_url).hostname])]);
  const isOwnAuthority = (authority: string) => {
    const [, bracketed, plain = ""] = AUTHORITY.exec(authority) ?? [];
    if (bracketed !== undefined) return isIPv6(bracketed);
    const name = plain.toLowerCase();
    return isLoopback(name) || named.has(name) || isIPv4(name);
  };
  const isOwn = (request: FastifyRequest) => listAuthorities(request).every(isOwnAuthority);
  return {
    isOwn,
    require(request) {
      if (isOwn(request)) return;
      const message =
        "The daemon does not answer requests for this host name. Use the address that http.public_url names, or add the name to http.hosts.";
      throw new WebError("misdirected", message);
    },
  };
}

/** Every host that the request says it is for: `Host`, the address in its first line, and what a trusted proxy was asked by. */
function listAuthorities(request: FastifyRequest): readonly string[] {
  const { host = [] } = request.raw.headersDistinct;
  const [, absolute] = /^[a-z]+:\/\/([^/?#]*)/i.exec(request.url) ?? [];
  const claimed = absolute === undefined ? [] : [absolute];
  // One `Host` it has to be; `request.host` is `X-Forwarded-Host` where the connection is a trusted proxy's.
  return [host.length === 1 ? (host[0] ?? "") : "", ...claimed, request.host];
}
