/**
 * Nobody attacks: the person on call looks at a rollout that waits for work, and rejects the plan that page, API and command line show.
 * What is shown by then is the rest of the plan that was approved, under another digest. The rollout stops all the same, and goes on only
 * once somebody approves it anew.
 */
import { describe, expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

/** A rollout that was approved and drains `c1`: what is left of it is another plan than the one that was approved. */
async function openWaiting() {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 2);
  const moved = await daemon.push(MOVE);
  const held = await daemon.untilState("AwaitingApproval", moved);
  const approved = held.last_pass?.digest ?? expect.fail();
  expect((await daemon.approve()).status).toBe(201);
  const waiting = await daemon.until(
    ({ status, last_pass }) => status.state === "Waiting" && last_pass?.digest !== approved,
  );
  const rest = waiting.last_pass?.digest ?? expect.fail();
  const rowOf = (name: string) => {
    const { pool, state } = world.served.model.state.cluster.rows.get(name) ?? expect.fail();
    return [pool, state === "active" ? state : "out of service"];
  };
  return { world, daemon, moved, approved, rest, rowOf };
}

describe("a rollout that waits for work", () => {
  test("stops when the rest of it is rejected, writes nothing more when the work has ended, and goes on once approved anew", async () => {
    const { world, daemon, moved, approved, rest, rowOf } = await openWaiting();
    const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.approve };
    const rejected = await runInProcess(["reject", rest, "--reason", "not tonight"], env, world.folder);
    expect(rejected).toMatchObject({ code: 0, stdout: expect.stringContaining("Rejected: plan") });
    const { approvals, status } = await daemon.untilState("AwaitingApproval", moved);
    expect(approvals).toEqual([]);
    // Who stops a rollout is told what it leaves behind.
    expect(status.message).toContain("Out of service until then: cluster.c1.");
    await world.setWork("c1", 0);
    await daemon.send("/targets/prod/reconcile", {});
    await daemon.untilState("AwaitingApproval", moved);
    expect(rowOf("c1")).toEqual(["pa", "out of service"]);
    const { audit } = await daemon.target();
    expect(audit.map(({ action, details }) => [action, details.digest])).toEqual(
      expect.arrayContaining([
        ["approve", approved],
        ["reject", rest],
      ]),
    );
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(moved);
    expect(rowOf("c1")).toEqual(["pb", "active"]);
  });

  test("stops when the plan that was approved is rejected, whatever is left of it", async () => {
    const { world, daemon, moved, approved, rowOf } = await openWaiting();
    expect((await daemon.send("/rejections", { digest: approved, reason: "not tonight" }, "approve")).status).toBe(201);
    await daemon.untilState("AwaitingApproval", moved);
    await world.setWork("c1", 0);
    await daemon.send("/targets/prod/reconcile", {});
    await daemon.untilState("AwaitingApproval", moved);
    expect(rowOf("c1")).toEqual(["pa", "out of service"]);
  });

  test("that needs no approval is not said to be rejected: the refusal says what stops it", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    await world.setWork("c1", 2);
    const { last_pass } = await daemon.untilState("Waiting", await daemon.push(MOVE));
    expect(await daemon.send("/rejections", { digest: last_pass?.digest, reason: "stop" }, "approve")).toMatchObject({
      status: 409,
      body: { error: { code: "nothing_to_reject", message: expect.stringContaining("poolkeeper pause prod") } },
    });
    expect((await daemon.target()).audit.filter(({ action }) => action === "reject")).toEqual([]);
  });

  test("is stopped though its control plane can't be reached, and no plan stands", async () => {
    const { world, daemon, approved, rowOf, moved } = await openWaiting();
    await world.fault({ method: "*", code: "unavailable", count: 10_000 });
    await daemon.until(({ last_pass }) => last_pass?.digest === null);
    expect((await daemon.send("/rejections", { digest: approved, reason: "not now" }, "approve")).status).toBe(201);
    await world.clearFaults();
    await world.setWork("c1", 0);
    await daemon.untilState("AwaitingApproval", moved);
    expect(rowOf("c1")).toEqual(["pa", "out of service"]);
  });
});
