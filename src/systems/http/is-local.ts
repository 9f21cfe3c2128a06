import { BlockList, isIP } from "node:net";
import { dropTrailing } from "../../model/text/drop-trailing.ts";
import { isLoopback } from "./is-loopback.ts";

/** Loopback, any address (which is loopback for who connects to it), and the link, where clouds have their metadata. */
const LOCAL = new BlockList();
for (const [net, prefix] of [
  ["127.0.0.0", 8],
  ["0.0.0.0", 8],
  ["169.254.0.0", 16],
] as const) {
  LOCAL.addSubnet(net, prefix, "ipv4");
}
LOCAL.addSubnet("::", 127, "ipv6");
LOCAL.addSubnet("fe80::", 10, "ipv6");

/** Whether a URL's host, by its name, is this machine or on its own link: others do not reach what is there, so they may not name it. */
export function isLocal(hostname: string): boolean {
  const host = dropTrailing(hostname.replace(/^\[(.*)\]$/, "$1"), ".");
  const family = isIP(host);
  return family === 0 ? isLoopback(host) : LOCAL.check(host, family === 6 ? "ipv6" : "ipv4");
}
