import { expect, test } from "vitest";
import { readGitFault } from "../../../src/systems/git/read-git-fault.ts";

const URL = "https://git.example.com/acme/x.git";

test.each([
  "Could not resolve proxy: proxy.example",
  "Proxy CONNECT aborted",
  "Received HTTP code 407 from proxy after CONNECT",
  "Received HTTP code 403 from proxy after CONNECT",
  "CONNECT tunnel failed, response 407",
  "CONNECT tunnel failed, response 403",
  "The requested URL returned error: 407",
  "Unsupported proxy syntax in 'proxy'",
  "cannot complete SOCKS5 connection to git.example.com. (4)",
  "User was rejected by the SOCKS5 server (1 1).",
  "connection to proxy closed",
  "Operation too slow. Less than 1 bytes/sec transferred the last 2 seconds",
  "Empty reply from server",
])("neither the mirror nor the credentials are at fault where git says: %s", (words) => {
  const said = `fatal: unable to access '${URL}/': ${words}`;
  expect(readGitFault(new Error(said), (text) => text).kind).toBe("unreachable");
});

test("what git says of a repository whose name has words of a proxy is read as of any other", () => {
  const said = `fatal: unable to access 'https://git.example.com/acme/socks5-proxy.git/': The requested URL returned error: 403`;
  expect(readGitFault(new Error(said), (text) => text).kind).toBe("denied");
});
