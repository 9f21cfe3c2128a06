// Serves a made-up organization, and as many labels in its flyteadmin, in a process of its own: node bench/serve-world.ts SIZE [GENERATION]. Size 0 is a new
// organization. One line of JSON on stdout says the URL; it ends when its standard input does.
import { once } from "node:events";
import { serveControlPlane } from "../src/embedded/serve-control-plane.ts";
import { buildLabelRecords } from "./build-attributes.ts";
import { buildRecords } from "./build-records.ts";
import { buildWorld } from "./build-world.ts";

const size = Number(process.argv[2]);
const generation = process.argv[3] === "2026-07" ? "2026-07" : "2026-11";
const served = await serveControlPlane({ generation, org: "acme" });
if (size > 0) {
  served.model.commit(buildRecords(buildWorld(size), Date.now()));
  served.flyteadmin.commit(buildLabelRecords(size, Date.now()));
}
process.stdout.write(`${JSON.stringify({ url: served.url })}\n`);
process.stdin.resume();
await once(process.stdin, "end");
await served.close();
