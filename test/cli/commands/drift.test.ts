import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { queue, REPOSITORY } from "../manifests.ts";
import { type Desk, openAppliedDesk, openDesk } from "../run-program.ts";

const DEEPER = { "queues/batch.yaml": queue("batch", "prod", ["c1", "c2"], "depth: 77\n") };
const BROADER = { "queues/any.yaml": queue("any", "prod", ["*"], "priority: max\n") };

/** Sets a queue's depth as another writer would: by a repository of their own. */
async function changeOutside(desk: Desk, files: Readonly<Record<string, string>>): Promise<void> {
  const [path, text] = Object.entries(files)[0] ?? ["", ""];
  const file = join(desk.repository, path);
  const before = readFileSync(file, "utf8");
  writeFileSync(file, text);
  const { code } = await desk.run(["apply", desk.repository, "--auto-approve"]);
  expect(code).toBe(0);
  writeFileSync(file, before);
}

async function driftOf(desk: Desk, ...args: readonly string[]) {
  const { code, stdout } = await desk.run(["drift", desk.repository, "--json", ...args]);
  return { code, document: JSON.parse(stdout) };
}

describe("poolkeeper drift", () => {
  test("ends with 0 and no changes where everything is as the manifests say", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    expect(await driftOf(desk)).toMatchObject({
      code: 0,
      document: { drift: false, changes: [], not_compared: [], summary: { drifted: 0, pending: 0 } },
    });
    const { code, stdout } = await desk.run(["drift", desk.repository]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/No drift\.\n$/) });
  });

  test("tells with a store what was changed outside from what is not applied yet", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-11", "store");
    const store = ["--store", join(desk.folder, "store")];
    await changeOutside(desk, DEEPER);
    desk.write(BROADER);
    const { code, document } = await driftOf(desk, ...store);
    expect(code).toBe(2);
    expect(document.summary).toEqual({ drifted: 1, pending: 1 });
    expect(document.changes.map(({ address, origin }: never) => [address, origin])).toEqual([
      ["queue.any", "commit"],
      ["queue.batch", "drift"],
    ]);
    const text = await desk.run(["drift", desk.repository, ...store]);
    expect(text.stdout).toMatch(
      /^Changed outside:\n[\s\S]*queue\.batch[\s\S]*Not applied yet, and no drift:\n[\s\S]*queue\.any/,
    );
    expect(text.stdout).toMatch(/Drift: 1 change\. 1 change not applied yet\.\n$/);
  });

  test("says who changed something outside, and when, where the control plane tells", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-11", "store");
    const store = ["--store", join(desk.folder, "store")];
    const set = { op: "set", kind: "queue", name: "batch", path: "depth", value: 77 };
    await desk.post("/mutate", { ...set, by: "maria@example.com" });
    const { document } = await driftOf(desk, ...store);
    expect(document.changes).toMatchObject([
      {
        address: "queue.batch",
        changed_by: "maria@example.com",
        changed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    ]);
    const { stdout } = await desk.run(["drift", desk.repository, ...store]);
    expect(stdout).toMatch(
      /\nWho changed it:\n {2}queue\.batch was changed outside, last by maria@example\.com at .*Z\.\n/,
    );
  });

  test("does not call drift what only a commit changes, with a store that says so", async () => {
    const desk = await openAppliedDesk(REPOSITORY, "2026-11", "store");
    desk.write(BROADER);
    const { code, document } = await driftOf(desk, "--store", join(desk.folder, "store"));
    expect({ code, ...document }).toMatchObject({ code: 0, drift: false, summary: { drifted: 0, pending: 1 } });
  });

  test("counts whatever differs as drift without a store, and only what --target names", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write(BROADER);
    const { code, document } = await driftOf(desk);
    expect(code).toBe(2);
    expect(document.changes).toMatchObject([{ address: "queue.any", origin: "unknown", action: "update" }]);
    expect((await driftOf(desk, "--target", "queue.batch")).code).toBe(0);
  });

  test("is not at peace where a manifest's system was not looked at", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    desk.write({ "execution-cluster-labels/ml.yaml": "project: ml\nvalue: gpu\n" });
    const { code, document } = await driftOf(desk);
    expect({ code, ...document }).toMatchObject({ code: 1, drift: false, not_compared: [/flyteadmin/] });
    const text = await desk.run(["drift", desk.repository]);
    expect(text.stdout).toMatch(/Not compared:\n {2}.*flyteadmin/);
  });

  test("writes nothing, and ends with 3 for an invalid folder and 1 where nobody answers", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const before = desk.served.model.journal.length;
    expect((await driftOf(desk)).code).toBe(2);
    const methods = desk.served.model.journal.slice(before).map(({ method }) => method);
    expect(methods.filter((method) => !/\/(Get|List|Watch)/.test(method))).toEqual([]);
    expect((await desk.run(["drift", desk.repository, "--endpoint", "http://127.0.0.1:9"])).code).toBe(1);
    rmSync(join(desk.repository, "pools"), { recursive: true });
    expect((await driftOf(desk)).code).toBe(3);
  });
});
