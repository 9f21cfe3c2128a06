import { describe, expect, test } from "vitest";
import { homeIn, startProgram } from "../commands/run-program.ts";
import { queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

describe("an earlier revision", () => {
  test("is gone back to and held, whatever is pushed, until the branch is followed again; history and audit tell it", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    const runs = () => world.served.model.state.queue.rows.get("any")?.spec.run_concurrency;
    await daemon.untilApplied(world.first);
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    await daemon.untilApplied(second);
    const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.operate };
    const back = ["reconcile", "prod", "--revision", world.first, "--wait"];
    expect(await startProgram(back, env, world.folder).ended).toMatchObject({ code: 0 });
    const pinned = await daemon.untilApplied(world.first);
    expect([pinned.pinned_revision, runs()]).toEqual([world.first, 1]);
    const third = await daemon.push({ "queues/any.yaml": queue("any", 3) });
    const { started_at } = (await daemon.target()).last_pass ?? {};
    const held = await daemon.until(({ last_pass }) => (last_pass?.started_at ?? "") > (started_at ?? ""));
    expect([held.status.state, held.status.reason, held.pinned_revision]).toEqual(["Synced", "Pinned", world.first]);
    expect(runs()).toBe(1);
    await daemon.send("/targets/prod/reconcile", { revision: "" });
    const { applied, audit, pinned_revision } = await daemon.untilApplied(third);
    expect(pinned_revision).toBeNull();
    expect(applied.map(({ revision }) => revision)).toEqual([third, world.first, second, world.first]);
    const asked = audit.filter(({ action }) => action === "reconcile");
    expect(asked.map(({ via, details }) => [via, details])).toEqual([
      ["api", { revision: "" }],
      ["cli", { revision: world.first }],
    ]);
  });

  test("that is not there is told once, and the branch is followed as before", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    await daemon.send("/targets/prod/reconcile", { revision: "0".repeat(40) });
    const { passes } = await daemon.until(({ passes: all }) => all.some(({ outcome }) => outcome.kind === "failed"));
    expect(passes.find(({ outcome }) => outcome.kind === "failed")?.outcome).toMatchObject({
      code: "revision_missing",
    });
    const next = await daemon.push({ "queues/any.yaml": queue("any", 2) });
    expect((await daemon.untilApplied(next)).pinned_revision).toBeNull();
  });
});
