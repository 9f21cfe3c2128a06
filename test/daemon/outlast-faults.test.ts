import { describe, expect, test } from "vitest";
import { queue } from "./manifests.ts";
import { openDaemonWorld, pollOften } from "./open-daemon-world.ts";

describe("a control plane", () => {
  test("that is down, limits the rate or gives no rights makes the target inconclusive, and it recovers", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({}, pollOften);
    await daemon.untilApplied(world.first);
    for (const [code, reason] of [
      ["unavailable", "ControlPlaneUnreachable"],
      ["resource_exhausted", "RateLimited"],
      ["permission_denied", "AccessDenied"],
    ]) {
      await world.fault({ method: "*", code: code ?? "", count: 10_000 });
      const { status, applied_revision } = await daemon.until((target) => target.status.reason === reason);
      expect([status.state, applied_revision]).toEqual(["Inconclusive", world.first]);
      await world.clearFaults();
      await daemon.untilState("Synced");
    }
  });

  test("that fails a write is tried again from the newest revision, and what does not depend on it is carried out", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({}, pollOften);
    await daemon.untilApplied(world.first);
    await world.fault({ method: "UpdateQueue", code: "internal", count: 10_000 });
    const second = await daemon.push({ "queues/any.yaml": queue("any", 2), "queues/b.yaml": queue("b", 2) });
    const retrying = await daemon.until(({ status }) => status.reason === "Retrying");
    expect([retrying.status.state, retrying.last_pass?.revision]).toEqual(["OutOfSync", second]);
    expect(retrying.status.message).toContain("queue.any");
    expect(world.served.model.state.queue.rows.has("b")).toBe(true);
    const third = await daemon.push({ "queues/any.yaml": queue("any", 3) });
    // A pass that had fetched the second revision before may still be trying to write it.
    await daemon.until(({ last_pass }) => last_pass?.revision === third);
    await world.clearFaults();
    const { applied } = await daemon.untilApplied(third);
    expect(applied.map(({ revision }) => revision)).toEqual([third, world.first]);
  });

  test("that cuts connections in the middle of writes is settled by reading, and nothing is written twice", async () => {
    const world = await openDaemonWorld();
    await world.fault({ method: "CreateCluster", drop_after_commit: true, count: 2 });
    await world.fault({ method: "ClusterPoolService/Create", drop: true });
    const daemon = await world.start({ control_plane: { write_timeout: "5s" } }, pollOften);
    await daemon.untilApplied(world.first);
    const created = world.served.model.journal.filter(
      ({ method, outcome }) => method.endsWith("/CreateCluster") && outcome === "ok",
    );
    expect(created).toHaveLength(3);
  });
});
