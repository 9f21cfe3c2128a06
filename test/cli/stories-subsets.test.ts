import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { isNoOp, type Plan } from "../../src/model/plan/plan.ts";
import { cluster, MOVED, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openAppliedDesk } from "./run-program.ts";

/** c1 goes to another pool, and c4 takes its place in every queue. */
const RELIEVED = {
  ...MOVED,
  "clusters/c2.yaml": cluster("c2", "dev"),
  "clusters/c4.yaml": cluster("c4", "prod"),
  "queues/batch.yaml": queue("batch", "prod", ["c4"]),
};

async function planPart(desk: Desk, ...flags: readonly string[]): Promise<Plan> {
  const { code, stdout } = await desk.run(["plan", desk.repository, "--json", ...flags]);
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

const changed = ({ changes }: Plan) =>
  changes
    .filter((change) => !isNoOp(change))
    .map(({ address }) => address)
    .sort();

describe.each(GENERATIONS)("a part of a plan on generation %s", (generation) => {
  test("what makes room for a cluster that leaves comes along, and without it the cluster stays", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(RELIEVED);
    const [leaving, arriving, without] = await Promise.all([
      planPart(desk, "--target", "cluster.c1", "--target", "cluster.c2"),
      planPart(desk, "--target", "queue.batch"),
      planPart(desk, "--exclude", "cluster.c4"),
    ]);
    expect(changed(leaving)).toEqual(["cluster.c1", "cluster.c2", "cluster.c4", "queue.batch"]);
    expect(changed(arriving)).toEqual(["cluster.c4", "queue.batch"]);
    expect(changed(without)).toEqual([]);
  });

  test("a plan that leaves changes out does not claim that nothing differs", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(MOVED);
    const { code, stdout } = await desk.run([
      ...["plan", desk.repository, "--target", "cluster.c1"],
      ...["--exclude", "queue.batch"],
    ]);
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("matches the manifests")]);
    expect(stdout).toContain("cluster.c1");
  });

  test("--replace of one cluster replaces no other one that changes in the same revision", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(MOVED);
    const plan = await planPart(desk, "--replace", "cluster.c2", "--target", "cluster.c2");
    expect(changed(plan)).toEqual(["cluster.c2", "queue.batch"]);
  });

  test("without a store, the plan after --replace does not undo it", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    const { code, stdout } = await desk.run(["apply", desk.repository, "--auto-approve", "--replace", "cluster.c3"]);
    expect([code, stdout]).toEqual([0, expect.stringContaining("1 replaced")]);
    expect(changed(await planInProcess(desk))).toEqual([]);
  });

  test("with a store, the plan after --replace is empty", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation, "store");
    const flags = ["--auto-approve", "--store", "store", "--replace", "cluster.c3"];
    expect((await desk.run(["apply", desk.repository, ...flags])).code).toBe(0);
    expect((await planInProcess(desk, { store: "store" })).steps).toEqual([]);
  });
});
