// A process of its own for tests: node write-owned-queues.ts LOCATION WRITER COUNT

import { openStore } from "../../src/store/open-store.ts";
import { ACME } from "./acme.ts";
import { makeOwnedQueue } from "./make-owned-queue.ts";
import { writable } from "./writable.ts";

const [location = "", writer = "", count = ""] = process.argv.slice(2);
const ledger = await writable(await openStore(location, ACME));
for (let index = 0; index < Number(count); index++) {
  const name = `${writer}-${index}`;
  await ledger.recordOwned(makeOwnedQueue(name));
  process.stdout.write(`${name}\n`);
}
await ledger.close();
