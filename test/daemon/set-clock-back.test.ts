import { join } from "node:path";
import { expect, test } from "vitest";
import type { TargetState } from "../../src/model/daemon/daemon-records.ts";
import { openDatabase } from "../../src/store/open-store.ts";
import { writeState } from "../store/make-records.ts";
import { MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

/** A pass of its own would write what the test has written. */
const WITHOUT_POLLS = { repository: { poll: "24h" } };

test("the plan to approve is shown though a plan from before the clock was set back has a later time", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start(WITHOUT_POLLS);
  await daemon.untilApplied(world.first);
  const moved = await daemon.push(MOVE);
  const { plan, last_pass } = await daemon.untilState("AwaitingApproval", moved);
  if (plan === null) throw new Error("there is no plan");
  const { records, close } = await openDatabase(join(world.folder, "data"));
  const hourAhead = new Date(Date.parse(plan.made_at) + 3_600_000).toISOString();
  await records.keepPlan({ ...plan, digest: "f".repeat(64), made_at: hourAhead });
  await close();
  expect((await daemon.target()).plan?.digest).toBe(last_pass?.digest);
  await daemon.approve();
  await daemon.untilApplied(moved);
});

test("a state from before the clock was set back is not told as of a time that has not come", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start(WITHOUT_POLLS);
  await daemon.untilApplied(world.first);
  const { records, close } = await openDatabase(join(world.folder, "data"));
  const state = (await records.readState("prod")) ?? expect.fail();
  const ahead = new Date(Date.now() + 26 * 3_600_000).toISOString();
  const { status, ...rest } = state as TargetState;
  const contest = { address: "queue.any", reverted_at: [ahead], held_since: null, changed_by: null } as const;
  const told = { status: { ...status, since: ahead }, last_success_at: ahead, contests: [contest] };
  await writeState(records, { ...rest, ...told });
  await close();
  const metrics = await (await fetch(`${daemon.url}/metrics`)).text();
  expect(metrics).toMatch(/^poolkeeper_last_success_age_seconds\S* 0$/m);
  const broken = await daemon.push({ "queues/any.yaml": "name: [" });
  await daemon.untilState("Invalid", broken);
  expect(await daemon.target()).toMatchObject({ last_success_at: null, contests: [{ reverted_at: [] }] });
});
