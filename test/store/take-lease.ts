// A process of its own for tests: node take-lease.ts LOCATION [HOLD], HOLD being JSON with the machine it says it is on, the
// endpoint, ttlMs and graceMs. Says that it is ready; then, for each line, what came of it: `take` takes the lease and holds it until the
// input ends, `write` confirms it and then records an object as owned.

import { createInterface } from "node:readline";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { type HeldLease, holdLease } from "../../src/store/leases/hold-lease.ts";
import type { Leases } from "../../src/store/leases/lease.ts";
import { openStore } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";

const [location = "", hold = "{}"] = process.argv.slice(2);
const { machine, endpoint = ACME.endpoint, ...duration } = JSON.parse(hold);
const store = await openStore(location, { ...ACME, endpoint });
const leases: Leases = machine === undefined ? store.leases : onMachine(machine);
let lease: HeldLease | undefined;

process.stdout.write("ready\n");
for await (const line of createInterface(process.stdin)) process.stdout.write(`${await obey(line)}\n`);

async function obey(line: string): Promise<string> {
  try {
    if (line === "write") {
      await lease?.confirm();
      if (lease === undefined) throw new Error("take it first");
      await store.under(lease.record).recordOwned(makeOwnedQueue("written"));
      return "wrote";
    }
    lease = await holdLease(leases, duration);
    return `took ${lease.record.fencing_number}`;
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    return error.code;
  }
}

function onMachine(name: string): Leases {
  const acquire: Leases["acquire"] = (request) =>
    store.leases.acquire({ ...request, holder: { ...request.holder, machine: name, host: name } });
  return { ...store.leases, acquire };
}
