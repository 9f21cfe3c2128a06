import { quoteWord } from "../report/quote-word.ts";
import type { ServerFlags } from "./daemon-client/resolve-server.ts";

/**
 * The flags that name the daemon and the caller, as a shell takes them, so that a printed command goes where the one that printed it went.
 * A token is never among them: of one that was given as a flag, `TOKEN` stands in its place.
 */
export function formatServerFlags(flags: ServerFlags): readonly string[] {
  const { server, serverToken, serverTokenFile, caFile, insecure, insecureSkipVerify } = flags;
  const named: readonly (readonly [string, string | undefined])[] = [
    ["--server", server],
    ["--server-token", serverToken === undefined ? undefined : "TOKEN"],
    ["--server-token-file", serverTokenFile],
    ["--ca-file", caFile],
  ];
  return [
    ...named.flatMap(([flag, value]) => (value === undefined ? [] : [flag, quoteWord(value)])),
    ...(insecure === true ? ["--insecure"] : []),
    ...(insecureSkipVerify === true ? ["--insecure-skip-verify"] : []),
  ];
}
