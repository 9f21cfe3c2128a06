import { describe, expect, test } from "vitest";
import { cluster, FILES, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld } from "./open-daemon-world.ts";
import { moveByHand, openOtherHands } from "./open-other-hands.ts";

/** A daemon that leaves drift alone, and something that is changed by hand once all is applied. */
async function openDrifted(change: (world: DaemonWorld) => Promise<void>) {
  const world = await openDaemonWorld();
  const policy = { auto_apply: "all", max_destroy_share: 1 };
  const daemon = await world.start({ drift: { action: "report" }, policy });
  await daemon.untilApplied(world.first);
  await change(world);
  return { world, daemon };
}

/** Nothing serves the queue `any` from then on. */
async function empty(world: DaemonWorld): Promise<void> {
  for (const name of ["c1", "c2"]) await moveByHand(world, name, "pb");
}

const stateOf = ({ served }: DaemonWorld) => served.model.state;

describe("a check that fails only as long as what was changed outside stays", () => {
  test("stops no commit that makes it no worse at the object that was changed", async () => {
    const { world, daemon } = await openDrifted(empty);
    const pushed = await daemon.push({ "clusters/c1.yaml": `${cluster("c1", "pa")}queue: { depth: 7 }\n` });
    await daemon.until(({ applied_revision }) => applied_revision === pushed);
    expect(stateOf(world).cluster.rows.get("c1")?.pool).toBe("pb");
    expect(stateOf(world).queue.rows.get("c1")?.spec.depth).toBe(7);
  });

  test("stops no commit at another object that makes it no worse", async () => {
    const { world, daemon } = await openDrifted(empty);
    const pushed = await daemon.push({ "queues/any.yaml": `${queue("any", 1)}depth: 7\n` });
    await daemon.until(({ applied_revision }) => applied_revision === pushed);
    expect(stateOf(world).queue.rows.get("any")?.spec).toMatchObject({ depth: 7, clusters: ["*"] });
  });

  test("is in the plan that is shown where a commit makes it worse, and is let through by its name", async () => {
    const { world, daemon } = await openDrifted((drifting) => moveByHand(drifting, "c1", "pb"));
    const pushed = await daemon.push({
      "clusters/c1.yaml": `${cluster("c1", "pa")}queue: { depth: 7 }\n`,
      "clusters/c2.yaml": cluster("c2", "pb"),
    });
    const { plan, status } = await daemon.until(
      ({ last_pass }) => last_pass?.revision === pushed && last_pass.outcome.kind === "blocked",
    );
    expect(status.message).toContain("black-hole");
    const shown = plan?.plan.checks.filter(({ name }) => name === "black-hole");
    const message = expect.stringContaining("route nowhere");
    expect(shown).toMatchObject([
      { status: "pass" },
      { status: "warn", beside_drift: true, addresses: ["queue.any"], message },
    ]);
    expect(await daemon.approve(["black-hole"])).toMatchObject({ status: 201 });
    await daemon.until(({ applied_revision }) => applied_revision === pushed);
    const poolOf = (name: string) => stateOf(world).cluster.rows.get(name)?.pool;
    expect([poolOf("c1"), poolOf("c2"), stateOf(world).queue.rows.get("c1")?.spec.depth]).toEqual(["pb", "pb", 7]);
  });
});

/** A queue that names c1. */
const pinned = (pool: string, more = "") =>
  queue("pin", 1, ["c1"]).replace("cluster_pool: pa", `cluster_pool: ${pool}`) + more;

describe("a queue whose selector another user has set to *, and stays so", () => {
  test.each([
    {
      what: "is not put into service",
      before: { "queues/pin.yaml": pinned("pa", "state: drained\n") },
      commit: { "queues/pin.yaml": pinned("pa", "depth: 7\n") },
      stays: { state: "drained", spec: { cluster_pool: "pa", depth: 7 } },
    },
    {
      what: "is not moved, drained and put into service in another pool",
      before: { "queues/pin.yaml": pinned("pa") },
      commit: { "queues/pin.yaml": pinned("pb", "depth: 7\n"), "clusters/c1.yaml": cluster("c1", "pb") },
      stays: { state: "active", spec: { cluster_pool: "pa", depth: 7 } },
    },
  ])("$what by a commit", async ({ before, commit, stays }) => {
    const world = await openDaemonWorld({ ...FILES, ...before });
    const daemon = await world.start({ drift: { action: "report", sightings: 1 }, policy: { auto_apply: "all" } });
    await daemon.untilApplied(world.first);
    await openOtherHands(world).writer.updateQueue("pin", { clusters: ["*"] });
    const pushed = await daemon.push(commit);
    const { drifted, status } = await daemon.until(({ applied_revision }) => applied_revision === pushed);
    expect({ drifted, status }).toMatchObject({ drifted: ["queue.pin"], status: { reason: "Drift" } });
    const pin = () => stateOf(world).queue.rows.get("pin");
    expect(pin()).toMatchObject({ ...stays, spec: { ...stays.spec, clusters: ["*"] } });
  });
});
