import { describe, expect, test } from "vitest";
import { Filter_Function } from "../../../src/systems/control-plane/gen/cloudidl/common/common_pb.js";
import { BOTH, openWorld, outcomeOf, type World } from "../open-world.ts";

async function openFilled(generation: (typeof BOTH)[number], names: readonly string[]): Promise<World> {
  const world = openWorld(generation);
  for (const name of names) {
    await world.cluster(name);
  }
  return world;
}

async function walk(
  world: World,
  limit: number,
  between: () => Promise<unknown> = async () => {},
): Promise<string[][]> {
  const pages: string[][] = [];
  let token = "";
  do {
    const page = await world.clusters.listClusters({ organization: "acme", request: { limit, token } });
    pages.push(page.clusters.map((cluster) => cluster.spec?.id?.name ?? ""));
    token = page.token;
    await between();
  } while (token !== "");
  return pages;
}

describe.each(BOTH)("lists on %s", (generation) => {
  test("pages are in the order of names and end with an empty token", async () => {
    const world = await openFilled(generation, ["d", "b", "a", "c", "e"]);
    expect(await walk(world, 2)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(await walk(world, 5)).toEqual([["a", "b", "c", "d", "e"]]);
  });

  test("a walk neither repeats nor skips when rows come and go meanwhile", async () => {
    const world = await openFilled(generation, ["b", "d", "f"]);
    const names = ["a", "c", "e"];
    const pages = await walk(world, 1, async () => world.cluster(names.shift() ?? "z"));
    const seen = pages.flat();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(["b", "d", "f"]));
  });

  test("a page has 100 rows when no limit is named and never more than 1000", async () => {
    const world = openWorld(generation);
    const records = Array.from({ length: 1500 }, (_, n) => `q${String(n).padStart(4, "0")}`);
    for (const name of records) {
      await world.queue(name);
    }
    const sizeOf = async (limit: number) =>
      (await world.queues.listQueues({ organization: "acme", request: { limit } })).queues.length;
    expect([await sizeOf(0), await sizeOf(500), await sizeOf(5000)]).toEqual([100, 500, 1000]);
  });

  test("a token that was not given out is refused, and so is another organization", async () => {
    const { clusters } = openWorld(generation);
    expect(await outcomeOf(clusters.listClusters({ request: { token: "nonsense" } }))).toBe("InvalidArgument");
    expect(await outcomeOf(clusters.listClusters({ organization: "other" }))).toBe("NotFound");
  });

  test("a field or function that is not served is refused, not ignored", async () => {
    const { clusters } = await openFilled(generation, ["a"]);
    const list = (filter: object) => outcomeOf(clusters.listClusters({ request: { filters: [filter] } }));
    expect(await list({ field: "colour", values: ["red"] })).toBe("InvalidArgument");
    expect(await list({ field: "name", function: Filter_Function.GREATER_THAN, values: ["a"] })).toBe(
      "InvalidArgument",
    );
    expect(await outcomeOf(clusters.listClusters({ request: { rawFilters: ["x"] } }))).toBe("InvalidArgument");
  });
});

describe("filters on 2026-11", () => {
  async function openVaried(): Promise<World> {
    const world = await openFilled("2026-11", ["alive", "gone", "resting"]);
    await world.deleteCluster("gone");
    await world.drainCluster("resting");
    world.pass(1);
    return world;
  }
  const exists = { field: "deleted_at", function: Filter_Function.EXISTS };

  test.each([
    ["nothing", [], ["alive", "resting"]],
    ["deleted_at EXISTS", [exists], ["gone"]],
    ["deleted_at NOT_EXISTS", [{ field: "deleted_at", function: Filter_Function.NOT_EXISTS }], ["alive", "resting"]],
    ["a state", [{ field: "state", values: ["CLUSTER_STATE_DRAINED"] }], ["resting"]],
    [
      "another state",
      [{ field: "state", function: Filter_Function.NOT_EQUAL, values: ["CLUSTER_STATE_DRAINED"] }],
      ["alive"],
    ],
    ["a name", [{ field: "name", values: ["alive"] }], ["alive"]],
    ["names", [{ field: "name", function: Filter_Function.VALUE_IN, values: ["alive", "gone"] }], ["alive"]],
    ["a part of a name", [{ field: "name", function: Filter_Function.CONTAINS, values: ["st"] }], ["resting"]],
    ["a pool", [{ field: "cluster_pool_name", values: ["default"] }], ["alive", "resting"]],
    ["another pool", [{ field: "cluster_pool_name", values: ["other"] }], []],
  ])("a list filtered by %s", async (_what, filters, names) => {
    const { clusters } = await openVaried();
    const page = await clusters.listClusters({ organization: "acme", request: { filters } });
    expect(page.clusters.map((cluster) => cluster.spec?.id?.name)).toEqual(names);
    expect((await clusters.count({ organization: "acme", filters })).count).toBe(BigInt(names.length));
  });

  test("queues are filtered by their own states and by deletion", async () => {
    const { queues } = await openVaried();
    const list = async (filters: object[]) =>
      (await queues.listQueues({ organization: "acme", request: { filters } })).queues.map((queue) => queue.id?.name);
    expect(await list([{ field: "state", values: ["QUEUE_STATE_DRAINED"] }])).toEqual(["resting"]);
    expect(await list([exists])).toEqual(["gone"]);
  });
});
