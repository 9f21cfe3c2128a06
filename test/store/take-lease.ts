// A process of its own for tests: node take-lease.ts LOCATION. Says that it is ready, waits for a line, takes the lease, says how
// that ended, and holds it until its input ends.
import { createInterface } from "node:readline";
import { OperationalError } from "../../src/model/operational-error.ts";
import { holdLease } from "../../src/store/hold-lease.ts";
import { openStore } from "../../src/store/open-store.ts";

const store = await openStore(process.argv[2] ?? "", { org: "acme", endpoint: "https://acme.example.com" });
const say = (line: string) => process.stdout.write(`${line}\n`);
say("ready");
for await (const _line of createInterface(process.stdin)) {
  try {
    say(`took ${(await holdLease(store.leases)).record.fencing_number}`);
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    say(error.code);
  }
}
