import { expect, onTestFinished, test } from "vitest";
import { NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { applyUnderLease } from "../../src/reconcile/apply-under-lease.ts";
import { openTarget } from "../../src/reconcile/target.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { connectionTo, serveWorld } from "../apply/serve-world.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { writable } from "../store/writable.ts";

const WRITE_MS = 10_000;

/** Applies the update of a queue, whose reads take a while. Gives when it was on record as sent, and when the lease was confirmed, from the begin on. */
async function updateAfterReading(readMs: number) {
  const world = await serveWorld("2026-11");
  const folder = {
    ...NOTHING_DESIRED,
    pools: [desiredPool("pa")],
    clusters: [desiredCluster("c1", "pa")],
    queues: [desiredQueue("any", "pa", ["*"])],
  };
  await world.converge(folder);
  const [queue] = folder.queues;
  const next = { ...folder, queues: folder.queues.map((one) => ({ ...one, spec: { ...one.spec, depth: 7 } })) };
  const plan = await world.plan(next);
  const open = openTarget({ union: connectionTo(world.url, PATIENCE_MS), flyteadmin: null, delivery: null });
  onTestFinished(() => open.close());
  const border = openBorder({ key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [], remembered: {} });
  const memory = await world.openMemory();
  onTestFinished(() => memory.close());
  const ledger = await writable(await memory.openForWriting());
  let now = 0;
  const events: string[] = [];
  const held = await world.hold({ method: "GetQueue" });
  const report = applyUnderLease(plan, open.through(border), {
    ledger: {
      ...ledger,
      recordSent: async (id, writeMs) => {
        events.push(`sent at ${now} for ${writeMs}`);
        await ledger.recordSent(id, writeMs);
      },
    },
    lease: { now: () => now, check: () => {}, confirm: async () => void events.push(`confirmed at ${now}`) },
    ...{ signal: new AbortController().signal, waitMs: 0, parallelism: 1, writeMs: WRITE_MS },
    ...{ runId: "run", cause: null, onEvent: () => {} },
  });
  await held.arrived();
  now += readMs;
  await held.release();
  expect((await report).status).toBe("applied");
  expect((await world.reader.getQueue(queue?.name ?? ""))?.spec.depth).toBe(7);
  return events;
}

test("a write is on record as sent when it leaves, however long the reads before it took", async () => {
  const [first, read, ...last] = await updateAfterReading(12_500);
  expect([first, read]).toEqual([`sent at 0 for ${WRITE_MS}`, "confirmed at 0"]);
  expect(last).toEqual([`sent at 12500 for ${WRITE_MS}`, "confirmed at 12500"]);
});

test("a write that leaves promptly is recorded as sent once", async () => {
  const events = await updateAfterReading(50);
  expect(events.filter((event) => event.startsWith("sent"))).toEqual([`sent at 0 for ${WRITE_MS}`]);
});
