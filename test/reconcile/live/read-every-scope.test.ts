import { describe, expect, test } from "vitest";
import type { Desired } from "../../../src/model/objects/desired.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import type { Plan, PlanOptions } from "../../../src/model/plan/plan.ts";
import { type ServedWorld, serveWorld } from "../../apply/serve-world.ts";
import { TWO_POOLS } from "../../apply/situations.ts";
import { desiredCluster, desiredQueue } from "../../plan/arbitrary-desired.ts";

const PROJECTS = "ProjectService/ListProjects";
/** Without cluster c3, and so without its queue. */
const WITHOUT_C3: Desired = { ...TWO_POOLS, clusters: TWO_POOLS.clusters.filter(({ name }) => name !== "c3") };

const findCheck = ({ checks }: Plan, wanted: string) => checks.find(({ name }) => name === wanted);
const allow = (name: "unseen-settings"): Partial<PlanOptions> => {
  return { allow: ["max-disruption-share", "empty-set", "other-folder", "contract", name] };
};

/** Where all manifests are applied, and settings of a project that no manifest names send runs to a queue. */
async function serveNamed(generation: (typeof GENERATIONS)[number], queue: string): Promise<ServedWorld> {
  const world = await serveWorld(generation);
  await world.converge(TWO_POOLS);
  await world.post("/settings", { scope: "development/ml", default_queue: queue });
  return world;
}

describe.each(GENERATIONS)("settings that no manifest names, on generation %s", (generation) => {
  test("keep the queue that they name, which is not drained for a delete that is refused", async () => {
    const world = await serveNamed(generation, "c3");
    const plan = await world.plan(WITHOUT_C3);
    expect(plan.applyable).toBe(false);
    expect(findCheck(plan, "references")).toMatchObject({ status: "fail", addresses: ["cluster.c3"] });
    expect(findCheck(plan, "references")?.message).toContain("Settings of acme/development/ml name queue c3");
    expect(findCheck(plan, "unseen-settings")?.status).toBe("pass");
  });

  test("keep no other queue, and are not asked for where none is taken away", async () => {
    const world = await serveNamed(generation, "c1");
    const plan = await world.plan(WITHOUT_C3);
    expect(["references", "unseen-settings"].map((name) => findCheck(plan, name)?.status)).toEqual(["pass", "pass"]);
    expect(plan.notices.map(({ message }) => message).join()).toContain("every domain and project");
    await world.fault({ method: PROJECTS, code: "internal", count: 100 });
    expect((await world.plan(TWO_POOLS)).steps).toEqual([]);
    await expect(world.plan(WITHOUT_C3)).rejects.toMatchObject({ code: "internal" });
  });

  test.each([
    ["unimplemented", "lists no projects"],
    ["permission_denied", "permission denied: the token may not list projects. Grant it that right."],
  ])("keep every queue where projects can't be listed (%s), unless that is allowed", async (code, words) => {
    const world = await serveNamed(generation, "c1");
    await world.fault({ method: PROJECTS, code, count: 100 });
    const plan = await world.plan(WITHOUT_C3);
    expect(findCheck(plan, "unseen-settings")).toMatchObject({ status: "fail", addresses: ["cluster.c3"] });
    expect([plan.applyable, findCheck(plan, "unseen-settings")?.message]).toEqual([
      false,
      expect.stringContaining(words),
    ]);
    const allowed = await world.plan(WITHOUT_C3, allow("unseen-settings"));
    expect([allowed.applyable, findCheck(allowed, "unseen-settings")?.allowed]).toEqual([true, true]);
  });

  test("keep every queue where the token may not read some of them", async () => {
    const world = await serveNamed(generation, "c1");
    // The organization's are read first, then those of the domain and of the project.
    await world.fault({ method: "GetSettingsForEdit", code: "permission_denied", after: 1, count: 1 });
    const plan = await world.plan(WITHOUT_C3);
    expect(findCheck(plan, "unseen-settings")).toMatchObject({ status: "fail", addresses: ["cluster.c3"] });
    expect(findCheck(plan, "unseen-settings")?.message).toContain('those of domain "development"');
  });
});

test("settings that no manifest names are told of where the queue that they name is to be drained", async () => {
  const world = await serveNamed("2026-11", "any");
  const [pins, any] = [TWO_POOLS.queues[0], desiredQueue("any", "pa", ["*"], { state: "drained" })];
  const drained: Desired = { ...TWO_POOLS, queues: [...(pins === undefined ? [] : [pins]), any] };
  const plan = await world.plan(drained);
  expect(findCheck(plan, "black-hole")?.message).toContain("Settings of acme/development/ml name queue any");
  await world.fault({ method: PROJECTS, code: "permission_denied" });
  expect(findCheck(await world.plan(drained), "unseen-settings")?.status).toBe("fail");
});

test("a cluster that moves takes no queue away for good, so that nobody is asked", async () => {
  const world = await serveNamed("2026-11", "c1");
  await world.fault({ method: PROJECTS, code: "permission_denied", count: 100 });
  const moved = TWO_POOLS.clusters.map((one) => (one.name === "c3" ? desiredCluster("c3", "pa") : one));
  const plan = await world.plan({ ...TWO_POOLS, clusters: moved });
  expect([plan.steps.length > 0, findCheck(plan, "unseen-settings")?.status]).toEqual([true, "pass"]);
});
