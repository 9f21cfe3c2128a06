import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of loopback that nothing listens on, for servers that are started again on the same one. It is below those that systems
 * give to connections, so that none of them takes it meanwhile.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    const probe = createServer();
    const isFree = await new Promise((resolve) => {
      probe.once("listening", () => resolve(true)).once("error", () => resolve(false));
      probe.listen(port, "127.0.0.1");
    });
    if (!isFree) continue;
    probe.close();
    await once(probe, "close");
    return port;
  }
}
