import { expect, onTestFinished, test } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { MOVE } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon, type Settings } from "../daemon/open-daemon-world.ts";
import { type ForgedSettings, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

/*
 * The attacker waits for an operator to give a target another control plane (a new address, or one of two that are used in turn). What was
 * reviewed, approved, applied, begun or seen on the one was not on the other one.
 */

/** One more control plane of the same organization. */
async function serveSecond(): Promise<ServedControlPlane> {
  const second = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => second.close());
  return second;
}

const poolOf = (served: Pick<ServedControlPlane, "model">) => served.model.state.cluster.rows.get("c1")?.pool;

interface Moving {
  readonly world: DaemonWorld;
  readonly daemon: RunningDaemon;
  readonly settings: Settings;
}

/** Gives the target the control plane at this address, and waits for the first pass there. */
async function moveTo({ world, daemon, settings }: Moving, endpoint: string): Promise<void> {
  const control_plane = { ...Object(settings.control_plane), endpoint };
  await daemon.daemon.reload(world.read({ ...settings, control_plane }));
  await daemon.reconciled();
}

/** Both control planes have what the first revision asks for, and the first one is the target's. */
async function openBoth(given: ForgedSettings) {
  const second = await serveSecond();
  const forged = await openForgedWorld({
    ...given,
    settings: {
      ...given.settings,
      policy: { approval: { approvers: ["approve", "other"] }, ...given.settings?.policy },
    },
  });
  for (const login of ["approve", "mallory"]) forged.forge.allow(login, "write");
  const { world, daemon } = forged;
  await moveTo(forged, second.url);
  await daemon.untilApplied(world.first);
  await moveTo(forged, world.served.url);
  await daemon.untilApplied(world.first);
  return { forged, second };
}

test("whoever opened a request does not approve it on another control plane, wherever somebody else has approved it", async () => {
  const { forged, second } = await openBoth({ requests: { approval: "explicit", self_approval: false } });
  const { world, daemon } = forged;
  const number = await forged.propose("own", MOVE, { author: "approve" });
  await forged.untilStatus(number, "plan", /^success/);
  const merged = await forged.merge(number, "approve");
  await daemon.untilState("AwaitingApproval", merged);
  const untilGiven = async (by: "approve" | "other", status: number) => {
    let answer = await daemon.approve([], by);
    await waitFor(
      async () => {
        // Until the forge was asked nobody approves.
        if (answer.status === 409) answer = await daemon.approve([], by);
        return answer.status !== 409;
      },
      () => JSON.stringify(answer),
    );
    expect(answer).toMatchObject({ status });
  };
  await untilGiven("other", 201);
  await daemon.untilApplied(merged);
  // Nothing is left to be followed.
  await forged.untilStatus(number, "apply", /^success/);
  await moveTo(forged, second.url);
  await daemon.untilState("AwaitingApproval", merged);
  await untilGiven("approve", 403);
  expect([poolOf(world.served), poolOf(second)]).toEqual(["pb", "pa"]);
  await untilGiven("other", 201);
  await daemon.untilApplied(merged);
  expect(poolOf(second)).toBe("pb");
});

test("what nobody reviewed waits for an approval on each control plane", async () => {
  const { forged, second } = await openBoth({ settings: { policy: { auto_apply: "all" } } });
  const { world, daemon } = forged;
  const number = await forged.propose("draft", MOVE, { author: "mallory", draft: true });
  await forged.untilStatus(number, "plan", /not planned: is a draft/);
  const merged = await forged.merge(number, "mallory");
  await daemon.untilState("AwaitingApproval", merged);
  expect(await daemon.approve()).toMatchObject({ status: 201 });
  await daemon.untilApplied(merged);
  await moveTo(forged, second.url);
  const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
  expect(last_pass?.outcome).toMatchObject({
    held: [expect.objectContaining({ address: "cluster.c1", reason: "unreviewed" })],
  });
  expect(poolOf(second)).toBe("pa");
  // What was applied there is known once it is back.
  await moveTo(forged, world.served.url);
  await daemon.untilApplied(merged);
});

test("what a rollout has begun on one control plane is not begun on another one, whose window is closed", async () => {
  const second = await serveSecond();
  const world = await openDaemonWorld();
  const settings = { policy: { auto_apply: "all" } };
  const daemon = await world.start(settings);
  const moving = { world, daemon, settings };
  await daemon.untilApplied(world.first);
  await moveTo(moving, second.url);
  await daemon.untilApplied(world.first);
  await moveTo(moving, world.served.url);
  await world.setWork("c1", 1);
  const moved = await daemon.push(MOVE);
  await daemon.untilState("Waiting", moved);
  const windows = [{ name: "closed", kind: "deny", schedule: "* * * * *", duration: "1h" }];
  const closed = { ...moving, settings: { policy: { ...settings.policy, windows } } };
  await moveTo(closed, second.url);
  const { last_pass } = await daemon.until((target) => target.last_pass?.revision === moved);
  expect(last_pass?.outcome).toMatchObject({
    held: [expect.objectContaining({ address: "cluster.c1", reason: "window" })],
  });
  expect(poolOf(second)).toBe("pa");
  // Where it was begun it is carried to its end.
  await world.setWork("c1", 0);
  await moveTo(closed, world.served.url);
  await daemon.untilApplied(moved);
  expect([poolOf(world.served), poolOf(second)]).toEqual(["pb", "pa"]);
});
