/**
 * The attacker may push to the branch of one target, where everything waits for an approval. Each push has another plan of thousands of changes. Kept for
 * the retention, such plans would fill a volume of 2 GB within a quarter of an hour, and nothing would be recorded or applied for any target from then on.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MOST_KEPT_BYTES } from "../../src/store/records/past-budget.ts";
import { FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

const MB = 1_000_000;
const QUEUES = 2_000;
/** Kept whole, so many plans take twice what a target's may. */
const PUSHES = 12;
/** What the store takes beside them: the plan that is written, its log, and everything else. */
const BESIDE = 20 * MB;
/** As long as a name may nearly be: a plan has it many times, so that it takes more room with fewer changes. */
const nameQueue = (index: number) => `q${String(index).padStart(56, "0")}`;

/** To answer what is known of a target with so many changes is work, which keeps its next pass back. */
const ASKING_MS = 1_500;

const write = (runs: number) => {
  const many = Array.from({ length: QUEUES }, (_, index) => `kind: Queue\n${queue(nameQueue(index), runs)}`);
  return { ...FILES, "queues/many.yaml": many.join("\n---\n") };
};

test("plans of thousands of changes that are pushed again and again take a bounded part of the store", async () => {
  const world = await openDaemonWorld(write(1));
  const daemon = await world.start({ policy: { auto_apply: "none" } });
  for (let push = 2; push < 2 + PUSHES; push += 1) {
    const commit = await daemon.push(write(push));
    await waitFor(
      async () => (await daemon.target()).last_pass?.revision === commit,
      () => commit,
      ASKING_MS,
    );
  }
  const store = join(world.folder, "data");
  const bytes = readdirSync(store).reduce((sum, name) => sum + statSync(join(store, name)).size, 0);
  expect(bytes).toBeLessThan(MOST_KEPT_BYTES + BESIDE);
});
