/**
 * The attacker has the control plane of one target: it takes connections and never answers, answers without end, or with nonsense.
 * The daemon looks after others, too.
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { SLOW_MS } from "../../src/daemon/jobs/jobs.ts";
import type { DaemonConfig } from "../../src/model/daemon/daemon-config.ts";
import { type MonotonicClock, monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { pool, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { ask } from "../daemon/web/ask.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { pourInto } from "./hostile-servers.ts";

/** A clock by which passes become slow when the test says so: how fast the machine is does not count. */
function openClock() {
  const measured = new Set<() => void>();
  const clock: MonotonicClock = {
    ...monotonicClock,
    sleep: (milliseconds, signal) => {
      if (milliseconds !== SLOW_MS) return monotonicClock.sleep(milliseconds, signal);
      const { promise, resolve } = Promise.withResolvers<void>();
      measured.add(resolve);
      signal.addEventListener("abort", () => resolve());
      return promise.finally(() => measured.delete(resolve));
    },
  };
  return {
    clock,
    /** Waits for so many passes under way that are not slow. */
    underWay: (passes: number) => expect.poll(() => measured.size).toBe(passes),
    /** Makes those under way slow. */
    pass: () => {
      for (const end of measured) end();
    },
  };
}

/** Longer than the test: no call is given up meanwhile. */
const AN_HOUR_MS = 60 * 60_000;

const MIB = 1024 * 1024;
const HEADERS = { "content-type": "application/proto" };

/** The endpoint of a control plane that does with each call as it likes, and how many calls came. */
async function serveHostile(act: (response: ServerResponse) => void) {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume().on("end", () => act(response));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

/** A page of each list: its one field is the token of the next one, whose number is 2 in all of them. */
const ANOTHER_PAGE = Buffer.concat([Buffer.from([0x12, 4]), Buffer.from("more")]);

const HOSTILE: Readonly<Record<string, (response: ServerResponse) => void>> = {
  silent: () => {},
  endless: (response) => void pourInto(response.writeHead(200, HEADERS), Buffer.alloc(MIB)),
  "more-pages": (response) => response.writeHead(200, HEADERS).end(ANOTHER_PAGE),
  failing: (response) => response.writeHead(500).end("x".repeat(MIB)),
  ending: (response) => response.destroy(),
  nonsense: (response) => response.writeHead(200, HEADERS).end(Buffer.alloc(MIB, 0xff)),
};

test("targets whose control planes are hostile leave the daemon ready and the other targets at their pace", async () => {
  const world = await openDaemonWorld();
  const hostile = await Promise.all(
    Object.entries(HOSTILE).map(async ([name, act]) => ({ name, ...(await serveHostile(act)) })),
  );
  const daemon = await world.start({}, (config) => ({
    ...config,
    targets: config.targets.flatMap((target) => [
      target,
      ...hostile.map(({ name, endpoint }) => ({
        ...{ ...target, name },
        control_plane: { ...target.control_plane, endpoint, timeout_ms: AN_HOUR_MS },
      })),
    ]),
  }));
  for (const { calls } of hostile) await expect.poll(calls).toBeGreaterThan(0);
  await daemon.untilApplied(world.first);
  const second = world.repository.push({ "queues/any.yaml": queue("any", 2) });
  await daemon.untilApplied(second);
  const { status, text } = await ask(`${daemon.url}/readyz`);
  expect([status, JSON.parse(text).ready]).toEqual([200, true]);
});

test("more targets whose control planes never answer than passes are made at a time keep no other target from its pass", async () => {
  const world = await openDaemonWorld();
  const silent = await serveHostile(() => {});
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "any.yaml"), `kind: ClusterPool\n${pool("any")}`);
  const source = { kind: "folder", path: folder, debounce_ms: 0, poll_ms: AN_HOUR_MS, jitter_ms: 0 } as const;
  const { clock, underWay, pass } = openClock();
  const beside = (config: DaemonConfig): DaemonConfig => ({
    ...config,
    targets: config.targets.flatMap((target) => [
      ...Array.from({ length: 20 }, (_, index) => ({
        ...{ ...target, name: `silent-${index}`, source },
        control_plane: {
          ...target.control_plane,
          ...{ endpoint: silent.endpoint, org: `org-${index}`, timeout_ms: AN_HOUR_MS },
        },
      })),
      target,
    ]),
  });
  const daemon = await world.start({}, beside, clock);
  // As many as passes are made at a time, the targets in their order.
  await underWay(16);
  pass();
  await daemon.untilApplied(world.first);
  await expect.poll(silent.calls).toBeGreaterThanOrEqual(20);
  await daemon.untilApplied(world.repository.push({ "queues/any.yaml": queue("any", 2) }));
});
