import { expect, test } from "vitest";
import { serveGateway } from "../systems/control-plane/fixtures/serve-gateway.ts";
import { FILES, MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test.each([
  ["the question that tells the generation", /\/ResolveQueue$/],
  ["every call of queues and clusters", /Service\/(?!List)/],
])(
  "while a gateway answers %s with a page, nothing is planned by the rules of another generation",
  async (_, pages) => {
    const world = await openDaemonWorld({ ...FILES, "queues/one.yaml": queueOne("pa") });
    const gateway = { isOut: false };
    const endpoint = await serveGateway(world.served.url, (path) => gateway.isOut && pages.test(path));
    const daemon = await world.start({
      control_plane: { endpoint },
      policy: { auto_apply: "all", max_destroy_share: 1 },
      drift: { action: "report", sightings: 1 },
    });
    await daemon.untilApplied(world.first);
    const before = world.served.model.journal.length;
    gateway.isOut = true;
    const moved = await daemon.push({ ...MOVE, "queues/one.yaml": queueOne("pb") });
    await daemon.reconciled();
    await daemon.reconciled();
    expect((await daemon.target()).plan).toBeNull();
    expect(world.served.model.journal).toHaveLength(before);
    gateway.isOut = false;
    await daemon.untilApplied(moved);
    const { cluster, queue } = world.served.model.state;
    expect([...cluster.rows.values()].map(({ name, pool, state }) => `${name} in ${pool} ${state}`).sort()).toEqual([
      "c1 in pb active",
      "c2 in pa active",
      "c3 in pb active",
    ]);
    expect(queue.rows.get("one")).toMatchObject({ state: "active", spec: { cluster_pool: "pb", clusters: ["c1"] } });
  },
);

test("a configured generation is not asked for, and refused where the records are of another", async () => {
  const world = await openDaemonWorld();
  const endpoint = await serveGateway(world.served.url, (path) => path.endsWith("/ResolveQueue"));
  const daemon = await world.start({
    control_plane: { endpoint, generation: "2026-11" },
    policy: { auto_apply: "all" },
  });
  await daemon.untilApplied(world.first);
  await daemon.untilApplied(await daemon.push(MOVE));
  expect(world.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "pb", state: "active" });
  await daemon.daemon.reload(world.read({ control_plane: { endpoint, generation: "2026-07" } }));
  const { status } = await daemon.untilState("Inconclusive");
  expect(status.message).toContain("control_plane.generation");
});

/** A queue of c1 alone, which goes with it. */
function queueOne(pool: string): string {
  return `name: one\ncluster_pool: ${pool}\nclusters: [c1]\nrun_concurrency: 1\naction_concurrency: 10\n`;
}
