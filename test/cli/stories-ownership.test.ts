import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import { cluster, MOVED, queue, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openAppliedDesk } from "./run-program.ts";

const STORE = ["--store", "store"];

const apply = (desk: Desk, ...flags: readonly string[]) =>
  desk.run(["apply", desk.repository, "--auto-approve", ...STORE, ...flags]);

const remove = (desk: Desk, file: string) => rmSync(join(desk.repository, file));

describe.each(GENERATIONS)("what was there before the store, on generation %s", (generation) => {
  test("is adopted without a write where it is equal, and the next plan is empty", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    const place = desk.served.model.journal.length;
    const planned = await desk.run(["plan", desk.repository, "--json", "--detailed-exitcode", ...STORE]);
    const { summary, changes } = JSON.parse(planned.stdout);
    expect([planned.code, summary]).toEqual([0, { add: 0, change: 0, replace: 0, destroy: 0 }]);
    expect(changes).toHaveLength(Object.keys(REPOSITORY).length);
    for (const change of changes) expect(change).toMatchObject({ action: "adopt", action_reason: "not_owned" });
    expect((await apply(desk)).code).toBe(0);
    expect(desk.served.model.journal).toHaveLength(place);
    expect((await planInProcess(desk, { store: "store" })).changes).toEqual([]);
  });

  test("is updated, but neither moved nor replaced before it is owned", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation);
    desk.write({ ...MOVED, "queues/any.yaml": queue("any", "prod", ["*"], "depth: 7\n") });
    const blocked = await apply(desk);
    expect([blocked.code, blocked.stdout]).toEqual([4, expect.stringContaining("Blocked by ownership.")]);
    expect((await apply(desk, "--exclude", "cluster.c1")).code).toBe(0);
    expect(desk.served.model.state.queue.rows.get("any")?.spec.depth).toBe(7);
    desk.write({ "clusters/c1.yaml": REPOSITORY["clusters/c1.yaml"] ?? "" });
    await planInProcess(desk, { store: "store", apply: true });
    desk.write(MOVED);
    expect((await apply(desk)).code).toBe(0);
    expect((await planInProcess(desk, { store: "store" })).steps).toEqual([]);
  });
});

describe.each(GENERATIONS)("a manifest that goes on generation %s", (generation) => {
  test("under a new name keeps its registration, and `previously` may go once that is stored", async () => {
    const desk = await openAppliedDesk(REPOSITORY, generation, "store");
    const place = desk.served.model.journal.length;
    remove(desk, "clusters/c1.yaml");
    remove(desk, "queues/any.yaml");
    const renamed = (previously: boolean) => ({
      "clusters/east.yaml": cluster("east", "prod", previously ? "previously: c1\n" : ""),
      "queues/all.yaml": queue("all", "prod", ["*"], previously ? "previously: any\n" : ""),
      "queues/batch.yaml": queue("batch", "prod", ["east", "c2"]),
    });
    desk.write(renamed(true));
    expect((await apply(desk)).code).toBe(0);
    desk.write(renamed(false));
    expect((await planInProcess(desk, { store: "store" })).changes).toEqual([]);
    expect(desk.served.model.journal).toHaveLength(place);
  });

  test("of a protected queue blocks nothing where queues can't be destroyed", async () => {
    const kept = { "queues/kept.yaml": queue("kept", "prod", ["c2"], "lifecycle: { prevent_destroy: true }\n") };
    const desk = await openAppliedDesk({ ...REPOSITORY, ...kept }, generation, "store");
    remove(desk, "queues/kept.yaml");
    const { applyable, steps } = await planInProcess(desk, { store: "store" });
    expect({ applyable, destroys: steps.some(({ op }) => op === "delete") }).toEqual(
      generation === "2026-07" ? { applyable: true, destroys: false } : { applyable: false, destroys: true },
    );
  });

  test("with on_remove: orphan is forgotten once; --prune none forgets nothing", async () => {
    const orphan = { "clusters/c5.yaml": cluster("c5", "dev", "lifecycle: { on_remove: orphan }\n") };
    const desk = await openAppliedDesk({ ...REPOSITORY, ...orphan }, generation, "store");
    remove(desk, "clusters/c5.yaml");
    expect((await apply(desk, "--prune", "none")).code).toBe(0);
    const actions = async () => (await planInProcess(desk, { store: "store" })).changes.map(({ action }) => action);
    expect(await actions()).toEqual(["forget"]);
    expect((await apply(desk)).code).toBe(0);
    expect(await actions()).toEqual([]);
    expect(desk.served.model.state.cluster.rows.get("c5")?.state).toBe("active");
  });
});
