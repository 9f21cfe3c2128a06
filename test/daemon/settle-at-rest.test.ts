import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { cluster, FILES, queue } from "./manifests.ts";
import { openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";

test("what a killed run had carried out in full is settled by a pass that finds nothing to do", async () => {
  const files = { ...FILES, "clusters/c4.yaml": cluster("c4", "pa"), "queues/two.yaml": queue("two", 1, ["c1", "c4"]) };
  const world = await openDaemonWorld(files, "2026-07");
  const settings = { policy: { auto_apply: "all" } };
  const journal = async <T>(daemon: RunningDaemon, ask: (store: DatabaseSync) => T) => {
    await daemon.daemon.stop();
    const store = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"));
    try {
      return ask(store);
    } finally {
      store.close();
    }
  };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  await first.untilApplied(await first.push({ "clusters/c4.yaml": null, "queues/two.yaml": queue("two", 1, ["c1"]) }));
  // As a kill leaves it right before the end of the rollout.
  const reopen = "update journal_entry set status = 'sent' where step_id like '%let-go'";
  expect(await journal(first, (store) => store.prepare(reopen).run().changes)).toBe(1);
  const second = await world.start(settings);
  await second.reconciled();
  const count = "select count(*) as open from journal_entry where status = 'sent'";
  expect(await journal(second, (store) => store.prepare(count).get())).toEqual({ open: 0 });
});

test("a revision is recorded as applied once, by the pass that has applied it, where a kill came before the state of that pass", async () => {
  const world = await openDaemonWorld();
  const settings = { policy: { auto_apply: "all" } };
  const first = await world.start(settings);
  await first.untilApplied(world.first);
  const pushed = await first.push({ "queues/any.yaml": queue("any", 2) });
  const { applied } = await first.untilApplied(pushed);
  await first.daemon.stop();
  const store = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"));
  const back = store.prepare("update target_state set body = json_set(body, '$.applied_revision', ?)");
  expect(back.run(world.first).changes).toBe(1);
  store.close();
  const second = await world.start(settings);
  const after = await second.untilApplied(pushed);
  expect(after.applied).toEqual(applied);
});
