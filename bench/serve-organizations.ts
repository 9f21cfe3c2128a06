// Serves made-up organizations, each a control plane of its own, in one process: node bench/serve-organizations.ts COUNT SIZE. One
// line of JSON on stdout says the URLs; it ends when its standard input does.
import { once } from "node:events";
import { serveControlPlane } from "../src/embedded/serve-control-plane.ts";
import { buildRecords } from "./build-records.ts";
import { buildWorld } from "./build-world.ts";

const [count = 0, size = 0] = process.argv.slice(2).map(Number);
const served = [];
for (let turn = 0; turn < count; turn += 1) {
  const one = await serveControlPlane({ generation: "2026-11", org: "acme" });
  one.model.commit(buildRecords(buildWorld(size), Date.now()));
  served.push(one);
}
process.stdout.write(`${JSON.stringify(served.map(({ url }) => url))}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await Promise.all(served.map((one) => one.close()));
