/**
 * The attacker has the control plane of one target: it takes connections and never answers. The daemon looks after others, too.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { ask } from "../web/ask.ts";

/** Longer than the test: no call is given up meanwhile. */
const AN_HOUR_MS = 60 * 60_000;

/** The endpoint of a control plane that never answers, and how many calls wait there. */
async function serveSilence() {
  let waiting = 0;
  const server = createServer(() => {
    waiting += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, waiting: () => waiting };
}

test("a target whose control plane never answers leaves the daemon ready and the other targets at their pace", async () => {
  const world = await openDaemonWorld();
  const { endpoint, waiting } = await serveSilence();
  const daemon = await world.start({}, (config) => ({
    ...config,
    targets: config.targets.flatMap((target) => [
      target,
      { ...target, name: "silent", control_plane: { ...target.control_plane, endpoint, timeout_ms: AN_HOUR_MS } },
    ]),
  }));
  await expect.poll(waiting).toBeGreaterThan(0);
  await daemon.untilApplied(world.first);
  const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
  await daemon.untilApplied(second);
  const { status, text } = await ask(`${daemon.url}/readyz`);
  expect([status, JSON.parse(text)]).toEqual([200, { ready: true, problems: ["target silent was not looked at yet"] }]);
});
