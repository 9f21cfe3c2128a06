import { randomUUID } from "node:crypto";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HeldLease, holdLease } from "../../src/store/leases/hold-lease.ts";
import { identifyProcess } from "../../src/store/leases/identify-process.ts";
import type { LeaseHolder, LeaseRecord, Leases } from "../../src/store/leases/lease.ts";
import { openStore, type Store } from "../../src/store/open-store.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { ACME } from "./acme.ts";
import { createHandClock } from "./hand-clock.ts";
import { startTaker } from "./start-taker.ts";

const MINUTE = 60_000;
/** No process has such a number. */
const NO_PID = 2 ** 30;

/** Opens a store that is closed when the test ends. */
async function open(location: string, org = "acme"): Promise<Store> {
  const store = await openStore(location, { ...ACME, org });
  onTestFinished(() => store.close());
  return store;
}

const holder = (set: Partial<LeaseHolder> = {}): LeaseHolder => ({ id: randomUUID(), ...identifyProcess(), ...set });
const asking = (who: LeaseHolder, ttlMs = MINUTE) => ({ holder: who, ttlMs, graceMs: 0, insteadOf: null });
const codeOf = (work: Promise<unknown>) => work.then(String, ({ code }: { code?: string }) => code ?? "no code");

/** What leases promise, as tests that every database has to pass. `makeLocation` names a store that is empty. */
export function describeLeases(database: string, makeLocation: () => Promise<string>): void {
  describe(`a lease in ${database}`, () => {
    test("whoever asks second is refused and told who has it, since when and until when", async () => {
      const location = await makeLocation();
      const [first, second] = [holder(), holder({ host: "other" })];
      const held = await (await open(location)).leases.acquire(asking(first));
      const refused = await (await open(location)).leases.acquire(asking(second));
      expect(held).toMatchObject({ acquired: true, record: { ...first, fencing_number: 1, released: false } });
      expect(refused).toEqual({ acquired: false, record: held.record, freeInMs: expect.any(Number), isAhead: false });
      // Each is read from the clock by itself, the beginning first.
      const length = Date.parse(held.record.expires_at) - Date.parse(held.record.acquired_at);
      expect([length >= MINUTE, length < MINUTE + PATIENCE_MS]).toEqual([true, true]);
    });

    test("whoever is refused learns in how long it comes free, by the store's clock", async () => {
      const { leases } = await open(await makeLocation());
      await leases.acquire({ ...asking(holder()), ttlMs: 60 * MINUTE, graceMs: 60 * MINUTE });
      const refused = await leases.acquire(asking(holder()));
      const freeInMs = refused.acquired ? Number.NaN : refused.freeInMs;
      expect([freeInMs > 120 * MINUTE - PATIENCE_MS, freeInMs <= 120 * MINUTE]).toEqual([true, true]);
      await expect(holdLease(leases)).rejects.toMatchObject({ code: "lease_held", retryAfterMs: expect.any(Number) });
    });

    test("it is free once it was released, which only its holder can do, and the number goes up", async () => {
      const { leases } = await open(await makeLocation());
      expect(await leases.read()).toBeNull();
      const [first, second] = [holder(), holder()];
      await leases.acquire(asking(first));
      await leases.release(second.id);
      expect(await leases.acquire(asking(second))).toMatchObject({ acquired: false });
      await leases.release(first.id);
      expect(await leases.read()).toMatchObject({ id: first.id, released: true });
      expect(await leases.acquire(asking(second))).toMatchObject({ acquired: true, record: { fencing_number: 2 } });
      await leases.release(first.id);
      expect(await leases.read()).toMatchObject({ id: second.id, released: false });
    });

    test("one that has expired is taken by the next, and its first holder can't renew it any more", async () => {
      const { leases } = await open(await makeLocation());
      const [first, second] = [holder(), holder()];
      await leases.acquire(asking(first, 0));
      expect(await leases.acquire(asking(second))).toMatchObject({ acquired: true });
      expect([await leases.renew(first.id, MINUTE, 0), await leases.renew(second.id, MINUTE, 0)]).toEqual([
        false,
        true,
      ]);
    });

    test("one that has expired is taken only once its grace is over, which a renewal puts off too", async () => {
      const { leases } = await open(await makeLocation());
      const first = holder();
      const held = await leases.acquire({ ...asking(first, 0), graceMs: MINUTE });
      const { expires_at, free_at } = held.record;
      // A database whose clock is finer than a millisecond rounds each of the two.
      expect(Math.abs(Date.parse(free_at) - Date.parse(expires_at) - MINUTE)).toBeLessThanOrEqual(1);
      expect(await leases.acquire(asking(holder()))).toEqual({
        acquired: false,
        record: held.record,
        freeInMs: expect.any(Number),
        isAhead: false,
      });
      await expect(holdLease(leases)).rejects.toThrow(`the lease expires at ${free_at}`);
      expect(await leases.renew(first.id, 0, 0)).toBe(true);
      expect(await leases.acquire(asking(holder()))).toMatchObject({ acquired: true, record: { fencing_number: 2 } });
    });

    test("one that was renewed lasts beyond its first end; one that was given back can't be renewed", async () => {
      const { leases } = await open(await makeLocation());
      const first = holder();
      await leases.acquire(asking(first, 0));
      expect(await leases.renew(first.id, MINUTE, 0)).toBe(true);
      expect(await leases.acquire(asking(holder()))).toMatchObject({ acquired: false, record: { id: first.id } });
      await leases.release(first.id);
      expect(await leases.renew(first.id, MINUTE, 0)).toBe(false);
    });

    test("each target has its own", async () => {
      const location = await makeLocation();
      await (await open(location)).leases.acquire(asking(holder()));
      const other = await open(location, "globex");
      expect(await other.leases.acquire(asking(holder()))).toMatchObject({ acquired: true });
    });

    test("of processes that ask at the same instant exactly one gets it, again and again", async () => {
      const location = await makeLocation();
      const takers = await Promise.all([1, 2, 3, 4].map(() => startTaker(location)));
      for (let number = 1; number <= 4; number += 1) {
        const answers = await Promise.all(takers.map(async (taker) => [taker, await taker.take()] as const));
        const refusals = answers.filter(([, answer]) => answer === "lease_held");
        const winner = answers.find(([, answer]) => answer === `took ${number}`)?.[0];
        expect([refusals.length, winner === undefined]).toEqual([takers.length - 1, false]);
        await winner?.kill();
        takers.splice(takers.indexOf(winner ?? takers[0] ?? expect.fail()), 1);
      }
    });
  });

  describe(`the holder of a lease in ${database}`, () => {
    test("killed, it is followed at once; while it is there, stopped or not, it is not", async () => {
      const location = await makeLocation();
      const { leases } = await open(location);
      const taker = await startTaker(location);
      expect(await taker.take()).toBe("took 1");
      expect(await codeOf(holdLease(leases))).toBe("lease_held");
      taker.stop();
      await expect(holdLease(leases)).rejects.toThrow(`process ${taker.pid} on ${identifyProcess().host}, since 20`);
      await taker.kill();
      expect((await holdLease(leases)).record.fencing_number).toBe(2);
    });

    test("killed on another machine, it is followed when its time and its grace are over, not before", async () => {
      const location = await makeLocation();
      const { leases } = await open(location);
      const taker = await startTaker(location, { machine: "another", ttlMs: 400, graceMs: 300 });
      expect(await taker.take()).toBe("took 1");
      await taker.kill();
      const left = await leases.read();
      const next = await followPatiently(leases);
      expect([next.fencing_number, next.acquired_at >= (left?.free_at ?? "z")]).toEqual([2, true]);
    });

    test("stopped for longer than its time, it writes nothing when it goes on", async () => {
      const location = await makeLocation();
      const store = await open(location);
      const taker = await startTaker(location, { ttlMs: 800, graceMs: 200 });
      expect(await taker.take()).toBe("took 1");
      taker.stop();
      expect((await followPatiently(store.leases)).fencing_number).toBe(2);
      taker.resume();
      expect(await taker.write()).toBe("lease_lost");
      expect(await store.readOwned()).toEqual([]);
    });

    test.each([
      ["on another machine", { pid: NO_PID, machine: "another" }, "lease_held"],
      ["on a machine that can't be told", { pid: NO_PID, machine: null }, "lease_held"],
      ["of this machine whose number is free", { pid: NO_PID }, "taken"],
      ["of this machine whose number another process has by now", { started: "1" }, "taken"],
      ["of this machine whose start is not known and whose number is there", { started: null }, "lease_held"],
    ] as const)("a process %s: %j", async (_where, set, outcome) => {
      const { leases } = await open(await makeLocation());
      await leases.acquire(asking(holder(set)));
      expect(await codeOf(holdLease(leases).then(() => "taken"))).toBe(outcome);
    });

    test("renews it every third of its time, and not after it was released", async () => {
      const { leases } = await open(await makeLocation());
      const clock = createHandClock();
      let renewals = 0;
      const renew: typeof leases.renew = async (...values) => {
        renewals += 1;
        return leases.renew(...values);
      };
      const lease = await holdLease({ ...leases, renew }, { ttlMs: MINUTE, clock });
      for (const third of [1, 2, 3, 4, 5, 6]) {
        // One that renews, and one that watches the end.
        await expect.poll(clock.sleepers).toBe(2);
        clock.advance(MINUTE / 3);
        await expect.poll(() => renewals).toBe(third);
      }
      await expect.poll(clock.sleepers).toBe(2);
      lease.check();
      await lease.release();
      expect(await codeOf(lease.confirm())).toBe("lease_lost");
      clock.advance(MINUTE);
      expect([lease.lost.aborted, clock.sleepers(), renewals]).toEqual([false, 0, 6]);
      expect(await leases.read()).toMatchObject({ id: lease.record.id, released: true });
    });

    test("told that another one has it, it has lost it for good", async () => {
      const { leases } = await open(await makeLocation());
      const lease = await holdLease(leases);
      const thief = holder();
      await leases.acquire({ ...asking(thief), insteadOf: lease.record.id });
      expect(await codeOf(lease.confirm())).toBe("lease_lost");
      await leases.release(thief.id);
      expect(lease.lost).toMatchObject({ aborted: true, reason: { code: "lease_lost", next: "stop" } });
      expect([await codeOf(lease.confirm()), codeOfCheck(lease)]).toEqual(["lease_lost", "lease_lost"]);
    });
  });
}

/** Asks until it is free; the lease is held by a process of this machine that goes on. */
async function followPatiently(leases: Leases): Promise<LeaseRecord> {
  let last: Awaited<ReturnType<Leases["acquire"]>> | undefined;
  const ask = async () => {
    last = await leases.acquire(asking(holder()));
    return last.acquired;
  };
  await expect.poll(ask).toBe(true);
  return last?.record ?? expect.fail();
}

function codeOfCheck(lease: HeldLease): unknown {
  try {
    return lease.check();
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
