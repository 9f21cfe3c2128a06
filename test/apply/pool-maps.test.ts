import { expect, test } from "vitest";
import { type Desired, type DesiredPoolMap, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import { desiredPool, LIFECYCLE } from "../plan/arbitrary-desired.ts";
import { serveWorld } from "./serve-world.ts";

const MAP: DesiredPoolMap = {
  kind: "cluster_pool_map",
  address: "cluster_pool_map.pools",
  name: "pools",
  previously: null,
  lifecycle: LIFECYCLE,
  source: { file: "cluster-pool-maps/pools.yaml", line: 1 },
  pools: [
    { pool: "pa", clusters: ["east", "west"] },
    { pool: "pb", clusters: ["rack"] },
  ],
};
const FOLDER: Desired = { ...NOTHING_DESIRED, pools: [desiredPool("pa"), desiredPool("pb")], pool_maps: [MAP] };

const byName = (left: { name: string }, right: { name: string }) => (left.name < right.name ? -1 : 1);

test.each([{ lost: false }, { lost: true }])(
  "on 2026-07 a map that is one to one registers its clusters by one call, answer lost: $lost",
  async ({ lost }) => {
    const world = await serveWorld("2026-07");
    if (lost) await world.fault({ method: "CreateOrgClusterPools", drop_after_commit: true });
    await world.converge(FOLDER);
    const clusters = (await world.reader.listClusters("live")).map(({ name, pool }) => ({ name, pool })).sort(byName);
    expect(clusters).toEqual([
      { name: "east", pool: "pa" },
      { name: "rack", pool: "pb" },
      { name: "west", pool: "pa" },
    ]);
    const plan = await world.plan(FOLDER);
    expect([plan.steps, plan.notices]).toEqual([[], []]);
  },
);

test("on 2026-11, which has no such call, the map is handed over", async () => {
  const world = await serveWorld("2026-11");
  await world.converge(FOLDER);
  expect(await world.reader.listClusters("live")).toEqual([]);
  expect((await world.plan(FOLDER)).notices).toMatchObject([{ code: "pool-map" }]);
});
