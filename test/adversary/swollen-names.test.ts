/**
 * The attacker has the forge of one target, and accounts with names of megabytes. Each name that is recorded is read again with every look at the
 * target's requests: a hundred of them take more memory than the daemon has, also after its next start.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, openForgedWorld } from "../daemon/open-forged-world.ts";

const MEGABYTE = "m".repeat(1_000_000);
/** Of a file of the store; a longer text has several. */
const PAGE = "m".repeat(4_000);

test.each(FORGE_NAMES)(
  "a name of a megabyte that %s gives is not recorded, and other requests are planned",
  async (kind) => {
    const { world, propose, say, untilStatus } = await openForgedWorld({ kind });
    const number = await propose("swollen", { "queues/any.yaml": queue("any", 3) });
    await untilStatus(number, "plan", /^success:/);
    await say(number, MEGABYTE, "poolkeeper reject");
    const other = await propose("other", { "queues/any.yaml": queue("any", 2) });
    await untilStatus(other, "plan", /^success:/);
    const store = join(world.folder, "data");
    const files = readdirSync(store).map((name) => readFileSync(join(store, name)));
    expect(files.filter((file) => file.includes(PAGE)).length).toBe(0);
  },
);
