import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Model } from "../../../src/embedded/model/create-model.ts";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import type { Fence } from "../../../src/model/fence.ts";
import { holdLease } from "../../../src/store/leases/hold-lease.ts";
import { identifyProcess } from "../../../src/store/leases/identify-process.ts";
import { openStore, type Store, type StoreOptions } from "../../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { open as openControlPlane } from "../../systems/control-plane/fixtures/open.ts";
import { ACME } from "../acme.ts";
import { createHandClock } from "../hand-clock.ts";
import { makeOwnedQueue } from "../make-owned-queue.ts";
import { startPostgres, type TestPostgres } from "../start-postgres.ts";

const MINUTE = 60_000;
let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function open(location: string, options?: StoreOptions): Promise<Store> {
  const store = await openStore(location, ACME, options);
  onTestFinished(() => store.close());
  return store;
}

/** A served organization, and a writer of it that sends what the fence lets pass. */
async function openWriter(fence: Fence) {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme" });
  onTestFinished(() => served.close());
  return { model: served.model, writer: openControlPlane({ endpoint: served.url }).writerUnder(fence) };
}

/** The clusters whose registration was sent. */
function writesOf({ state }: Model): readonly string[] {
  return [...state.cluster.rows.keys()];
}

describe("a store that can't be reached", () => {
  test("no write is sent meanwhile; back in time the lease goes on", async () => {
    const lease = await holdLease((await open(await server.makeDatabase())).leases, { clock: createHandClock() });
    const { writer, model } = await openWriter(lease);
    await server.halt();
    await expect(writer.registerCluster("a", "default")).rejects.toMatchObject({ code: "store_failed", next: "retry" });
    await server.resume();
    await expect.poll(() => writer.registerCluster("b", "default").catch(() => "not yet")).toBeUndefined();
    expect([writesOf(model), lease.lost.aborted]).toEqual([["b"], false]);
  });

  test("for longer than the lease lasts: it is lost, and no write is sent, not even when the store is back", async () => {
    const location = await server.makeDatabase();
    const clock = createHandClock();
    const lease = await holdLease((await open(location)).leases, { ttlMs: MINUTE, clock });
    const { writer, model } = await openWriter(lease);
    await server.halt();
    clock.advance(MINUTE);
    await server.resume();
    await expect(writer.registerCluster("a", "default")).rejects.toMatchObject({ code: "lease_lost", next: "stop" });
    expect([writesOf(model), lease.lost.aborted]).toEqual([[], true]);
  });

  test("the end of the time is noticed without a write, so that a wait ends too", async () => {
    const clock = createHandClock();
    const lease = await holdLease((await open(await server.makeDatabase())).leases, { ttlMs: MINUTE, clock });
    await server.halt();
    clock.advance(MINUTE);
    await expect.poll(() => lease.lost.aborted).toBe(true);
    await server.resume();
  });
});

describe("a database that is started again", () => {
  test("knows who had the lease: the next one waits for its end, and the first goes on", async () => {
    const location = await server.makeDatabase();
    const [first, second] = [await open(location), await open(location)];
    const lease = await holdLease(first.leases, { ttlMs: 60 * MINUTE, clock: createHandClock() });
    await server.halt();
    await server.resume();
    // Each connection that was cut is noticed by one call.
    const ask = () => holdLease(second.leases).catch(({ code }: { code: string }) => code);
    await expect.poll(ask).toBe("lease_held");
    await expect.poll(() => lease.confirm().catch(() => "not yet")).toBeUndefined();
    expect(lease.lost.aborted).toBe(false);
  });

  test("lets a lease that ended meanwhile go to the next, and its first holder sends nothing", async () => {
    const location = await server.makeDatabase();
    const [first, second] = [await open(location), await open(location)];
    const lease = await holdLease(first.leases, { ttlMs: 1, graceMs: 0, clock: createHandClock() });
    const { writer, model } = await openWriter(lease);
    await server.halt();
    await server.resume();
    await expect
      .poll(() =>
        holdLease(second.leases).then(
          ({ record }) => record.fencing_number,
          () => 0,
        ),
      )
      .toBe(2);
    await expect.poll(() => writer.registerCluster("a", "default").catch(({ code }) => code)).toBe("lease_lost");
    expect(writesOf(model)).toEqual([]);
  });
});

describe("a process whose clock jumps by an hour, with the database's clock to judge by", () => {
  test.each([3_600_000, -3_600_000])(
    "its date by %i ms: it takes nobody's lease, and its own is good",
    async (jump) => {
      const location = await server.makeDatabase();
      const jumped = await open(location, { now: () => Date.now() + jump });
      const first = await holdLease((await open(location)).leases);
      await expect(holdLease(jumped.leases)).rejects.toMatchObject({ code: "lease_held" });
      await first.release();
      const lease = await holdLease(jumped.leases);
      const { writer, model } = await openWriter(lease);
      await writer.registerCluster("a", "default");
      await expect(holdLease((await open(location)).leases)).rejects.toMatchObject({ code: "lease_held" });
      expect(writesOf(model)).toEqual(["a"]);
    },
  );

  test("the clock by which it counts: it gives its lease up, though the database would not have ended it", async () => {
    const location = await server.makeDatabase();
    const clock = createHandClock();
    const lease = await holdLease((await open(location)).leases, { clock });
    const { writer, model } = await openWriter(lease);
    clock.advance(3_600_000);
    await expect(writer.registerCluster("a", "default")).rejects.toMatchObject({ code: "lease_lost" });
    await expect(holdLease((await open(location)).leases)).rejects.toMatchObject({ code: "lease_held" });
    expect(writesOf(model)).toEqual([]);
  });
});

describe("a machine whose date jumps", () => {
  test("ahead: whoever takes the lease then stops the first before its next write", async () => {
    const location = join(makeTemporaryFolder(), "store");
    const first = await holdLease((await open(location)).leases);
    const { writer, model } = await openWriter(first);
    await writer.registerCluster("a", "default");
    const later = await open(location, { now: () => Date.now() + 3_600_000 });
    expect((await holdLease(later.leases)).record.fencing_number).toBe(2);
    await expect(writer.registerCluster("b", "default")).rejects.toMatchObject({ code: "lease_lost" });
    expect(writesOf(model)).toEqual(["a"]);
  });

  test("ahead and back again: a lease from the time ahead is followed once it was watched for its whole length without a renewal", async () => {
    const location = join(makeTemporaryFolder(), "store");
    let ahead = Date.now() + 26 * 60 * MINUTE;
    const former = await open(location, { now: () => ahead });
    const holder = { id: randomUUID(), ...identifyProcess(), machine: "another" };
    await former.leases.acquire({ holder, ttlMs: MINUTE, graceMs: MINUTE, insteadOf: null });
    const clock = createHandClock();
    const { leases } = await open(location, { clock });
    const ask = () => holdLease(leases).then(String, ({ code, retryAfterMs }) => [code, retryAfterMs]);
    expect(await ask()).toEqual(["lease_held", 2 * MINUTE]);
    const seen = (await leases.read()) ?? expect.fail();
    expect(Date.parse(seen.free_at)).toBeLessThan(Date.now() + 3 * MINUTE);
    clock.advance(2 * MINUTE - 1);
    ahead += 1;
    expect(await former.leases.renew(holder.id, MINUTE, MINUTE)).toBe(true);
    clock.advance(1);
    expect(await ask()).toEqual(["lease_held", 2 * MINUTE]);
    clock.advance(2 * MINUTE);
    expect((await holdLease(leases, { clock })).record.fencing_number).toBe(2);
    expect(await former.leases.renew(holder.id, MINUTE, MINUTE)).toBe(false);
    const late = former.under(holder).recordOwned(makeOwnedQueue("late"));
    await expect(late).rejects.toMatchObject({ code: "lease_lost" });
  });

  test("back, and away from the store's: what the holder records goes on from the store's time", async () => {
    let time = Date.parse("2030-01-01T00:00:00.000Z");
    const store = await open(join(makeTemporaryFolder(), "store"), { now: () => time });
    const clock = createHandClock();
    const lease = await holdLease(store.leases, { clock });
    time -= 60 * MINUTE;
    clock.advance(1_500);
    expect(new Date(lease.now()).toISOString()).toBe("2030-01-01T00:00:01.500Z");
  });

  test.each([
    ["ahead", 3_600_000],
    ["back", -3_600_000],
  ])("%s, with nobody else there: the first goes on", async (_where, jump) => {
    let offset = 0;
    const store = await open(join(makeTemporaryFolder(), "store"), { now: () => Date.now() + offset });
    const lease = await holdLease(store.leases);
    const { writer, model } = await openWriter(lease);
    offset = jump;
    await writer.registerCluster("a", "default");
    await expect(holdLease(store.leases)).rejects.toMatchObject({ code: "lease_held" });
    expect(writesOf(model)).toEqual(["a"]);
  });
});
