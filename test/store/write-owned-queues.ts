// A process of its own for tests: node write-owned-queues.ts LOCATION WRITER COUNT
import { openStore } from "../../src/store/open-store.ts";

const [location = "", writer = "", count = ""] = process.argv.slice(2);
const ledger = await openStore(location, { org: "acme", endpoint: "https://acme.example.com" });
for (let index = 0; index < Number(count); index++) {
  const name = `${writer}-${index}`;
  await ledger.recordOwned({
    address: `queue.${name}`,
    kind: "queue",
    name,
    physical_name: name,
    previous_names: [],
    lifecycle: { prevent_destroy: false, on_remove: "delete" },
    applied: null,
    updated_at: "2026-11-01T12:00:00.000Z",
  });
  process.stdout.write(`${name}\n`);
}
await ledger.close();
