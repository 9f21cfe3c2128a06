// Loaded into a daemon: a lookup below hang.test holds a thread of libuv's pool and never ends, as where a name server is silent.
import dns from "node:dns";
import { appendFileSync, open } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { lookup } = dns;
dns.lookup = (host, ...rest) => {
  if (!host.endsWith(".hang.test")) return lookup(host, ...rest);
  appendFileSync(process.env.LOOKUPS_LOG, `${host}\n`);
  // Opened for reading, a pipe waits for a writer, and none comes.
  open(process.env.PIPE_WITHOUT_WRITER, () => {});
};
syncBuiltinESMExports();
