import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { cluster, MOVED, pool, queue, REPOSITORY } from "../manifests.ts";
import { planInProcess } from "../plan-in-process.ts";
import { type Desk, openAppliedDesk, openDesk } from "../run-program.ts";

const applyFlags = (desk: Desk, ...flags: readonly string[]) => ["apply", desk.repository, "--auto-approve", ...flags];
const apply = (desk: Desk, ...flags: readonly string[]) => desk.run(applyFlags(desk, ...flags));
/** In a process of its own, beside others. */
const applyApart = (desk: Desk) => desk.start(applyFlags(desk));

const clusterOf = ({ served }: Desk, name: string) => served.model.state.cluster.rows.get(name);
const queueOf = ({ served }: Desk, name: string) => served.model.state.queue.rows.get(name);

describe.each(GENERATIONS)("poolkeeper apply DIR on generation %s", (generation) => {
  test("carries out the plan; the result is on stdout, the log on stderr, and the next plan is empty", async () => {
    const desk = await openDesk(generation);
    desk.write(REPOSITORY);
    const { code, stdout, stderr } = await apply(desk);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Apply complete! 7 added, 0 changed, 0 replaced, 0 destroyed\.\n$/),
    ]);
    expect(stderr).toContain("register cluster c1 in pool prod: applied");
    expect(stdout).not.toContain("register cluster c1 in pool prod: applied");
    expect((await planInProcess(desk)).steps).toEqual([]);
  });

  test("--json: one document with the report and the plan", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(MOVED);
    const { code, stdout } = await apply(desk, "--json");
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        status: "applied",
        exit_code: 0,
        done: generation === "2026-11" ? { change: 2, replace: 0 } : { change: 1, replace: 1 },
        left_drained: [],
        plan: { changes: expect.any(Array) },
      },
    ]);
    expect(clusterOf(desk, generation === "2026-11" ? "c1" : "c1-dev")).toMatchObject({ pool: "dev" });
    const again = await apply(desk, "--json");
    expect([again.code, JSON.parse(again.stdout).done]).toEqual([0, { add: 0, change: 0, replace: 0, destroy: 0 }]);
  });

  test("work that outlasts --wait: exit 4, nothing is deleted or moved; once it has ended, exit 0", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    await desk.post("/inflight", { queue: "c1", cluster: "c1", runs: 3 });
    desk.write(MOVED);
    const { code, stdout } = await apply(desk, "--wait", "1s");
    expect([code, stdout]).toEqual([
      4,
      expect.stringContaining("Timed out waiting for work; no work was interrupted:"),
    ]);
    expect(clusterOf(desk, "c1")).toMatchObject({ pool: "prod" });
    expect(stdout.includes("Left written out:\n  queue.any (sends work to c2, not *")).toBe(generation === "2026-07");
    expect(stdout.includes("Left drained:\n  cluster.c1 (it takes no work")).toBe(generation === "2026-11");
    await desk.post("/inflight", { queue: "c1", cluster: "c1" });
    expect((await apply(desk)).code).toBe(0);
    expect((await planInProcess(desk)).steps).toEqual([]);
  });

  test("with --store what lost its manifest is pruned; without one it is left alone", async () => {
    const store = ["--store", "store"];
    const desk = await openAppliedDesk(REPOSITORY, generation, "store");
    rmSync(join(desk.repository, "clusters", "c3.yaml"));
    expect((await apply(desk)).code).toBe(0);
    expect(clusterOf(desk, "c3")).toMatchObject({ state: "active" });
    const plan = await desk.run(["plan", desk.repository, "--json", ...store]);
    expect(JSON.parse(plan.stdout).summary).toMatchObject({ destroy: 1 });
    const none = await desk.run(["plan", desk.repository, "--json", "--prune", "none", ...store]);
    expect(JSON.parse(none.stdout).summary).toMatchObject({ destroy: 0 });
    expect((await apply(desk, ...store)).code).toBe(0);
    expect(clusterOf(desk, "c3")?.state ?? "deleted").toBe("deleted");
    expect((await planInProcess(desk, { store: "store" })).steps).toEqual([]);
  });

  test("two at the same time end, and the next one converges", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write(MOVED);
    const both = await Promise.all([applyApart(desk).ended, applyApart(desk).ended]);
    for (const { code, stderr } of both) {
      expect([0, 1, 4]).toContain(code);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
    expect((await apply(desk)).code).toBe(0);
    expect((await planInProcess(desk)).steps).toEqual([]);
    expect([...desk.served.model.state.cluster.keys].length).toBe(3);
  });
});

describe("poolkeeper apply DIR", () => {
  test("without a terminal and without --auto-approve: exit 1, nothing is written", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const { code, stderr } = await desk.run(["apply", desk.repository]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("--auto-approve")]);
    expect(desk.served.model.journal).toEqual([]);
  });

  test("blocked by a check: exit 4 with the plan, --auto-approve or not; --allow lets it through, once", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/report", {
      cluster: "c3",
      operator_cluster_data: {
        object_store_ref: { uri: "s3://bucket-dev", endpoint: "" },
        secret_store: { type: "KUBERNETES", locator: "secrets" },
      },
    });
    desk.write({ "pools/dev.yaml": pool("dev").replace("locator: secrets", "locator: vault") });
    const blocked = await apply(desk);
    expect([blocked.code, blocked.stdout]).toEqual([4, expect.stringContaining("Blocked by contract.")]);
    const json = await apply(desk, "--json");
    expect([json.code, JSON.parse(json.stdout).applyable]).toEqual([4, false]);
    expect((await apply(desk, "--allow", "contract")).code).toBe(0);
    desk.write({ "pools/dev.yaml": pool("dev") });
    await desk.post("/report", {
      cluster: "c3",
      operator_cluster_data: { secret_store: { type: "KUBERNETES", locator: "vault" } },
    });
    expect((await apply(desk)).code).toBe(4);
  });

  test("a refused write: exit 1, the message says which and why, and the rest is done", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    await desk.post("/faults", { method: "CreateQueue", code: "permission_denied" });
    const { code, stdout } = await apply(desk, "--parallelism", "1");
    expect(code).toBe(1);
    expect(stdout).toMatch(/Failed:\n {2}create queue \w+: QueueService\/CreateQueue .* failed: permission denied/);
    expect(stdout).toContain("Apply incomplete. 6 added");
    expect((await apply(desk)).code).toBe(0);
  });

  test("a write that hangs past --timeout is settled by reading and sent again", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    await desk.post("/faults", { method: "CreateCluster", hang: true });
    const { code, stderr } = await apply(desk, "--timeout", "5s");
    expect([code, stderr]).toEqual([0, expect.stringContaining("timed out")]);
  });

  test("a protected object whose manifest is gone blocks; lifting the protection first releases it", async () => {
    const store = ["--store", "store"];
    const kept = {
      ...REPOSITORY,
      "queues/kept.yaml": queue("kept", "prod", ["c2"], "lifecycle: { prevent_destroy: true }\n"),
    };
    const desk = await openAppliedDesk(kept, "2026-11", "store");
    const file = join(desk.repository, "queues", "kept.yaml");
    rmSync(file);
    const blocked = await apply(desk, ...store);
    expect([blocked.code, blocked.stdout]).toEqual([4, expect.stringContaining("Blocked by protected.")]);
    desk.write({ "queues/kept.yaml": queue("kept", "prod", ["c2"]) });
    expect((await apply(desk, ...store)).code).toBe(0);
    rmSync(file);
    expect((await apply(desk, ...store)).code).toBe(0);
    expect(queueOf(desk, "kept")).toMatchObject({ state: "deleted" });
  });

  test("on_remove: orphan is released and stays", async () => {
    const store = ["--store", "store"];
    const files = {
      ...REPOSITORY,
      "queues/own.yaml": queue("own", "prod", ["*"], "lifecycle: { on_remove: orphan }\n"),
    };
    const desk = await openAppliedDesk(files, "2026-11", "store");
    rmSync(join(desk.repository, "queues", "own.yaml"));
    expect((await apply(desk, ...store)).code).toBe(0);
    expect(queueOf(desk, "own")).toMatchObject({ state: "active" });
    const plan = JSON.parse((await desk.run(["plan", desk.repository, "--json", ...store])).stdout);
    expect(plan).toMatchObject({ changes: [], unmanaged: ["queue.own"] });
  });

  test("--target carries out a part and --exclude leaves one out", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ ...MOVED, "queues/any.yaml": queue("any", "prod", ["*"], "depth: 5\n") });
    expect((await apply(desk, "--target", "queue.any")).stdout).toContain("0 added, 1 changed");
    expect([queueOf(desk, "any")?.spec.depth, clusterOf(desk, "c1")?.pool]).toEqual([5, "prod"]);
    expect((await apply(desk, "--exclude", "cluster.c1")).code).toBe(0);
    expect([queueOf(desk, "batch")?.spec.clusters, clusterOf(desk, "c1")?.pool]).toEqual([["c2"], "prod"]);
    expect((await apply(desk)).code).toBe(0);
    expect(clusterOf(desk, "c1")?.pool).toBe("dev");
  });

  test("--prune all deletes what no manifest names, whoever made it", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/mutate", { op: "create", kind: "queue", name: "stray", object: { cluster_pool: "prod" } });
    expect((await apply(desk)).stdout).toContain("No changes.");
    expect((await apply(desk, "--prune", "all")).code).toBe(0);
    expect(queueOf(desk, "stray")).toMatchObject({ state: "deleted" });
    expect(cluster("c1", "prod")).toBe(REPOSITORY["clusters/c1.yaml"]);
  });

  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s in a wait, twice as through npm: exit 1, what is drained is reported, the next one goes on",
    async (signal) => {
      const desk = await openAppliedDesk(REPOSITORY);
      await desk.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
      desk.write(MOVED);
      const started = desk.start(["apply", desk.repository, "--auto-approve"]);
      const drained = new Promise<void>((resolve) => {
        desk.served.model.subscribe(() => clusterOf(desk, "c1")?.state === "draining" && resolve());
      });
      await drained;
      started.kill(signal);
      await started.untilSaid("Interrupted");
      started.kill(signal);
      const { code, stdout, stderr } = await started.ended;
      expect([code, stdout]).toEqual([1, expect.stringContaining("Left drained:\n  cluster.c1 (it takes no work")]);
      expect(stderr).toContain("Interrupted: stopping after the calls in progress");
      await desk.post("/inflight", { queue: "c1", cluster: "c1" });
      expect((await apply(desk)).code).toBe(0);
    },
  );
});
