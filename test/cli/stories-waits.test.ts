import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { cluster, MOVED, pool, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openAppliedDesk } from "./run-program.ts";

const apply = (desk: Desk, ...flags: readonly string[]) =>
  desk.run(["apply", desk.repository, "--auto-approve", ...flags]);

const work = (desk: Desk, name: string, runs: number) =>
  desk.post("/inflight", { queue: name, cluster: "c1", runs, actions: 0, depth: 0 });

describe("work that outlasts the wait", () => {
  test("keeps a queue out of service whose only cluster has not arrived in the new pool yet", async () => {
    const start = {
      "pools/prod.yaml": pool("prod"),
      "pools/dev.yaml": pool("dev"),
      "clusters/c1.yaml": cluster("c1", "prod"),
      "clusters/c2.yaml": cluster("c2", "prod"),
      "queues/any.yaml": queue("any", "prod", ["*"]),
    };
    const desk = await openAppliedDesk(start);
    // A queue and its cluster are two of five.
    const allow = ["--allow", "max-disruption-share"];
    await work(desk, "c1", 2);
    desk.write({ "clusters/c1.yaml": cluster("c1", "dev"), "queues/any.yaml": queue("any", "dev", ["*"]) });
    expect((await apply(desk, "--wait", "1s", ...allow)).code).toBe(4);
    const { state } = desk.served.model;
    const any = state.queue.rows.get("any");
    const members = [...state.cluster.rows.values()].filter((row) => row.pool === any?.spec.cluster_pool);
    expect(any?.state !== "active" || members.length > 0).toBe(true);
    await work(desk, "c1", 0);
    expect((await apply(desk, ...allow)).code).toBe(0);
    expect((await planInProcess(desk)).steps).toEqual([]);
  });

  test("of a cluster whose move is taken back in the folder: it is in service again, nothing was moved", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await work(desk, "c1", 2);
    desk.write(MOVED);
    expect((await apply(desk, "--wait", "1s", "--json")).code).toBe(4);
    desk.write(REPOSITORY);
    expect((await apply(desk, "--wait", "1s")).code).toBe(0);
    expect(desk.served.model.state.cluster.rows.get("c1")).toMatchObject({ pool: "prod", state: "active" });
    expect((await planInProcess(desk)).steps).toEqual([]);
  });

  test("of a queue that is drained for good, with exit code 4 as often as it is applied", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-11");
    await work(desk, "any", 2);
    desk.write({ "queues/any.yaml": `${REPOSITORY["queues/any.yaml"]}state: drained\n` });
    const first = await apply(desk, "--wait", "1s");
    expect([first.code, first.stdout]).toEqual([4, expect.stringMatching(/wait until queue any is drained/)]);
    const planned = await desk.run(["plan", desk.repository, "--detailed-exitcode"]);
    expect([planned.code, planned.stdout]).toEqual([2, expect.stringMatching(/Queue any takes no new work/)]);
    expect((await apply(desk, "--wait", "1s")).code).toBe(4);
    await work(desk, "any", 0);
    expect((await apply(desk)).code).toBe(0);
    const { code, stdout } = await desk.run(["plan", desk.repository, "--detailed-exitcode"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^No changes/)]);
  });

  test("names the * queue that stays written out", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-07");
    await work(desk, "c1", 2);
    desk.write(MOVED);
    const { code, stdout } = await apply(desk, "--wait", "1s");
    expect(desk.served.model.state.queue.rows.get("any")?.spec.clusters).toEqual(["c2"]);
    expect([code, stdout.slice(stdout.indexOf("Timed out waiting"))]).toEqual([4, expect.stringMatching(/queue.any/)]);
  });

  test.each(GENERATIONS)("on generation %s, said again by a second apply, and by --json", async (generation) => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    await work(desk, "batch", 2);
    desk.write(MOVED);
    await apply(desk, "--wait", "1s");
    const { code, stdout } = await apply(desk, "--wait", "1s", "--json");
    const left = generation === "2026-11" ? ["cluster.c1"] : [];
    expect([code, JSON.parse(stdout)]).toMatchObject([4, { status: "waiting", exit_code: 4, left_drained: left }]);
    expect(desk.served.model.journal.filter(({ method }) => /Delete|UpdateCluster$/.test(method))).toEqual([]);
    await work(desk, "batch", 0);
    expect((await apply(desk)).code).toBe(0);
    expect((await planInProcess(desk)).steps).toEqual([]);
  });
});
