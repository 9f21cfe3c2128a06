import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { MOVED, queue, REPOSITORY } from "./manifests.ts";
import { type Desk, openDesk } from "./run-program.ts";

let server: TestPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

const WORK = { "queues/work.yaml": queue("work", "dev", ["c3"]) };
const queueOf = ({ served }: Desk, name: string) => served.model.state.queue.rows.get(name);

async function openStored(generation: (typeof GENERATIONS)[number]) {
  const desk = await openDesk(generation);
  const store = ["--store", await server.makeDatabase()];
  const plan = async () => {
    const { code, stdout } = await desk.run(["plan", desk.repository, "--json", "--detailed-exitcode", ...store]);
    return { code, ...JSON.parse(stdout) };
  };
  const args = ["apply", desk.repository, "--auto-approve", ...store];
  return { desk, store, plan, start: () => desk.start(args), apply: () => desk.run(args) };
}

describe.each(GENERATIONS)("--store postgres:// on generation %s", (generation) => {
  test("plan, apply, and the next plan is empty; what is owned and lost its manifest is pruned, a stranger's is not", async () => {
    const { desk, plan, apply } = await openStored(generation);
    desk.write({ ...REPOSITORY, ...WORK });
    expect(await plan()).toMatchObject({ code: 2, summary: { add: 8 } });
    expect((await apply()).code).toBe(0);
    expect(await plan()).toMatchObject({ code: 0, changes: [] });
    await desk.post("/mutate", { op: "create", kind: "cluster", name: "stray", object: { pool: "prod" } });
    rmSync(join(desk.repository, "clusters", "c2.yaml"));
    desk.write({ "queues/batch.yaml": queue("batch", "prod", ["c1"]) });
    expect(await plan()).toMatchObject({ code: 2, summary: { destroy: 1 }, unmanaged: ["cluster.stray"] });
    expect((await apply()).code).toBe(0);
    const { cluster } = desk.served.model.state;
    expect(cluster.rows.get("c2")?.state ?? "deleted").toBe("deleted");
    expect(cluster.rows.get("stray")?.state).toBe("active");
    expect(await plan()).toMatchObject({ code: 0, steps: [] });
  });

  test("a rename by previously: keeps the registration, and the line may go afterwards", async () => {
    const { desk, plan, apply } = await openStored(generation);
    desk.write(REPOSITORY);
    expect((await apply()).code).toBe(0);
    rmSync(join(desk.repository, "clusters", "c3.yaml"));
    desk.write({ "clusters/third.yaml": "name: third\npool: dev\npreviously: c3\n" });
    expect((await apply()).code).toBe(0);
    desk.write({ "clusters/third.yaml": "name: third\npool: dev\n" });
    expect(await plan()).toMatchObject({ code: 0, steps: [] });
    expect(desk.served.model.state.cluster.rows.get("c3")?.state).toBe("active");
  });

  test("killed in the middle and run again at once, it comes to the same end", async () => {
    const { desk, plan, start, apply } = await openStored(generation);
    desk.write(REPOSITORY);
    expect((await apply()).code).toBe(0);
    desk.write(MOVED);
    const started = start();
    let commits = 0;
    desk.served.model.subscribe(() => {
      commits += 1;
      if (commits === 2) started.kill("SIGKILL");
    });
    expect(await started.ended).toMatchObject({ signal: "SIGKILL" });
    expect(await plan()).toMatchObject({ code: 2 });
    expect((await apply()).code).toBe(0);
    expect(await plan()).toMatchObject({ code: 0, steps: [] });
    expect(queueOf(desk, "batch")?.spec.clusters).toEqual(["c2"]);
    const clusters = [...desk.served.model.state.cluster.rows.values()];
    expect(clusters.filter(({ state }) => state === "active")).toHaveLength(3);
  });
});

test("a saved plan holds no password of the store, and asks for it again", async () => {
  const { desk, store } = await openStored("2026-11");
  desk.write(REPOSITORY);
  const file = join(desk.folder, "plan.json");
  expect((await desk.run(["plan", desk.repository, "--out", file, ...store])).code).toBe(0);
  const without = await desk.run(["apply", file, "--auto-approve"]);
  expect([without.code, without.stderr]).toEqual([1, expect.stringContaining("--store URL")]);
  expect(without.stderr).toContain("users and passwords are not saved");
  expect((await desk.run(["apply", file, "--auto-approve", ...store])).code).toBe(0);
});
