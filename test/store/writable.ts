import type { Ledger } from "../../src/model/ledger/ledger.ts";
import type { LeaseRecord } from "../../src/store/leases/lease.ts";
import type { Store } from "../../src/store/open-store.ts";

/** Every test's own, so that those who lay something down at once don't take it from each other. */
const HOLDER = { id: "test", host: "test", pid: 1, machine: null, started: null };

/** The lease that counts, or, where there is none, one that has run out as soon as it is taken and keeps nobody from the next one. */
export async function findLease({ leases }: Pick<Store, "leases">): Promise<LeaseRecord> {
  const last = await leases.read();
  if (last !== null && !last.released) return last;
  return (await leases.acquire({ holder: HOLDER, ttlMs: 0, graceMs: 0, insteadOf: null })).record;
}

/** A store as its only writer has it, for what a test lays down: under {@link findLease}. */
export async function writable(store: Store): Promise<Store & Ledger> {
  return { ...store, ...store.under(await findLease(store)), close: store.close };
}
