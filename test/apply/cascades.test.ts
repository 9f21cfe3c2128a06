import { describe, expect, test } from "vitest";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { groupRows } from "../../src/model/objects/desired.ts";
import type { PlanOptions } from "../../src/model/plan/plan.ts";
import { isPutBack } from "../../src/model/plan/put-back.ts";
import { labelOf } from "../systems/flyteadmin/fixtures/open.ts";
import { applyAndKill, type CascadeWorld, serveCascades } from "./cascade-world.ts";
import { desiredLabel, desiredPlaces } from "./desired-places.ts";
import { journalSince } from "./serve-world.ts";

const KEPT = desiredLabel("project1", "kept");
/** Owned: the project and one of its domains, which go, and what stays. */
const PAST = desiredPlaces({
  rows: groupRows([desiredLabel("team1", "wide"), desiredLabel("team1/development", "dev"), KEPT]),
});
const NEXT = desiredPlaces({ rows: groupRows([KEPT]) });
const STRANGERS = {
  "team1/development/one": "1",
  "team1/development/two": "2",
  "team1/production": "prod",
  "team1/production/wf": "3",
  "project1/development": "other",
};
const LEFT = Object.fromEntries(
  Object.entries({ ...STRANGERS, project1: "kept" }).map(([place, value]) => [
    `execution_cluster_label.${place}`,
    value,
  ]),
);

async function serve(): Promise<CascadeWorld> {
  const world = await serveCascades(STRANGERS);
  await world.converge(PAST);
  return world;
}

async function expectLeft(world: CascadeWorld): Promise<void> {
  expect(await world.rows()).toEqual(LEFT);
  expect((await world.plan(NEXT)).changes).toEqual([]);
  const memory = await world.openMemory();
  expect(memory.unfinished).toEqual([]);
  await memory.close();
}

describe("two wide deletes, one below the other", () => {
  test("leave exactly what was not theirs, and the next plan is empty", async () => {
    const world = await serve();
    await world.converge(NEXT);
    await expectLeft(world);
  });

  test.each(["before", "after"] as const)(
    "killed %s any write, all is put back first by the next run",
    async (when) => {
      for (let at = 1; ; at += 1) {
        const world = await serve();
        if (!(await applyAndKill(world, NEXT, { at, when }))) {
          expect(at).toBeGreaterThan(6);
          break;
        }
        const there = new Set(Object.keys(await world.rows()));
        const missing = Object.keys(LEFT)
          .filter((row) => !there.has(row))
          .sort();
        const plan = await world.plan(NEXT);
        const back = plan.changes.filter(isPutBack);
        expect(back.map(({ address }) => address).sort(), `killed ${when} write ${at}`).toEqual(missing);
        expect(plan.steps.slice(0, back.length).every(({ op }) => op === "create")).toBe(true);
        await world.converge(NEXT);
        await expectLeft(world);
      }
    },
  );

  test.each(["before", "after"] as const)("killed %s a write of the run that puts back too", async (when) => {
    for (const at of [1, 2, 3, 4]) {
      const world = await serve();
      expect(await applyAndKill(world, NEXT, { at: 1, when: "after" })).toBe(true);
      await applyAndKill(world, NEXT, { at, when });
      await world.converge(NEXT);
      await expectLeft(world);
    }
  });
});

describe("a wide delete", () => {
  test.each(["DeleteProjectDomainAttributes", "DeleteProjectAttributes"])(
    "%s whose answer is lost is settled by reading, and what it took is back",
    async (method) => {
      const world = await serve();
      await world.fault({ method, drop_after_commit: true });
      expect((await world.apply(await world.plan(NEXT))).status).toBe("applied");
      await expectLeft(world);
    },
  );

  test("that is refused takes nothing, is told, and leaves nothing to go on with", async () => {
    const world = await serve();
    const before = await world.rows();
    await world.fault({ method: "DeleteProjectDomainAttributes", code: "permission_denied" });
    const report = await world.apply(await world.plan(NEXT));
    expect(report.steps.map(({ status }) => status)).toEqual(["failed", "skipped"]);
    expect(await world.rows()).toEqual(before);
    const memory = await world.openMemory();
    expect(memory.unfinished).toEqual([]);
    await memory.close();
  });

  test.each([
    ["is refused", { code: "permission_denied" }],
    ["fails for ever", { code: "unavailable", count: 1_000 }],
  ])("after which a put-back %s stays on record: the next run puts it back first", async (_how, fault) => {
    const world = await serve();
    await world.fault({ method: "UpdateWorkflowAttributes", ...fault });
    const report = await world.apply(await world.plan(NEXT));
    const failed = report.steps.find(({ status }) => status === "failed");
    expect(failed?.message).toContain("the next apply writes them back first");
    await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
    const [first] = (await world.plan(NEXT)).steps;
    expect(first).toMatchObject({ op: "create", set: { value: expect.stringMatching(/^[12]$/) } });
    await world.converge(NEXT);
    await expectLeft(world);
  });

  test("after which the program fails in a way that nobody foresaw is gone on with by the next run", async () => {
    const world = await serve();
    const { reader, writer } = world.flyteadmin;
    const deleteRow: typeof writer.deleteRow = async (...row) => {
      await writer.deleteRow(...row);
      throw new TypeError("a mistake in the program");
    };
    const flyteadmin = { reader, writer: { ...writer, deleteRow } };
    await expect(world.apply(await world.plan(NEXT), { flyteadmin })).rejects.toThrow("a mistake");
    await world.converge(NEXT);
    await expectLeft(world);
  });

  test("whose rows are not back yet leaves it open to put back a part of them", async () => {
    const world = await serve();
    expect(await applyAndKill(world, NEXT, { at: 1, when: "after" })).toBe(true);
    const row = "execution_cluster_label.team1/development/one";
    const others = await world.plan(NEXT, { exclude: [row] });
    expect(others.steps.map(({ id }) => id)).toEqual(["execution_cluster_label.team1/development/two/create/put-back"]);
    expect((await world.apply(others)).status).toBe("applied");
    await world.converge(NEXT);
    await expectLeft(world);
  });

  test("whose put-back has to be tried again does not delete a second time", async () => {
    const world = await serve();
    await world.fault({ method: "UpdateWorkflowAttributes", code: "unavailable", count: 3 });
    const place = world.model.journal.length;
    expect((await world.apply(await world.plan(NEXT))).status).toBe("applied");
    const deletes = journalSince(world, place).filter((line) => line.includes("Delete"));
    expect(deletes).toHaveLength(2);
    await expectLeft(world);
  });

  test("below which the owner of a row deletes it once the rows there are written down does not write that row back", async () => {
    const world = await serve();
    const { reader, writer } = world.flyteadmin;
    const scope = { project: "team1", domain: "development", workflow: "one" };
    const plan = await world.plan(NEXT);
    let isDeleted = false;
    const listRows: typeof reader.listRows = async (kind) => {
      const rows = await reader.listRows(kind);
      if (!isDeleted) await writer.deleteRow("execution_cluster_label", scope);
      isDeleted = true;
      return rows;
    };
    const report = await world.apply(plan, { flyteadmin: { writer, reader: { ...reader, listRows } } });
    expect(report.status).toBe("applied");
    const { "execution_cluster_label.team1/development/one": _one, ...left } = LEFT;
    expect(await world.rows()).toEqual(left);
  });

  describe("that has not arrived, below which the owner of a row deletes it", () => {
    const scope = { project: "team1", domain: "development", workflow: "one" };
    const { "execution_cluster_label.team1/development/one": _one, ...left } = LEFT;

    test.each([
      ["is planned again by the next run", []],
      ["is planned again by the next run and the one after that", [{ at: 1, when: "before" }]],
      ["is made by the next run, which is killed right after it", [{ at: 1, when: "after" }]],
    ] as const)("%s, and that row is not put back", async (_how, kills) => {
      const world = await serve();
      expect(await applyAndKill(world, NEXT, { at: 1, when: "before" })).toBe(true);
      await world.flyteadmin.writer.deleteRow("execution_cluster_label", scope);
      const plan = await world.plan(NEXT);
      expect(plan.changes.map(({ action }) => action)).toEqual(["delete", "delete"]);
      for (const kill of kills) expect(await applyAndKill(world, NEXT, kill)).toBe(true);
      await world.converge(NEXT);
      expect(await world.rows()).toEqual(left);
      const memory = await world.openMemory();
      expect(memory.unfinished).toEqual([]);
      await memory.close();
    });

    test("is sent again by the same run, and that row is not put back", async () => {
      const world = await serve();
      const { reader, writer } = world.flyteadmin;
      let isCut = false;
      const deleteRow: typeof writer.deleteRow = async (...row) => {
        if (isCut) return writer.deleteRow(...row);
        isCut = true;
        await writer.deleteRow("execution_cluster_label", scope);
        const unknown = { next: "retry", outcomeUnknown: true, answered: true } as const;
        throw new OperationalError("unavailable", "The connection was cut.", unknown);
      };
      const flyteadmin = { reader, writer: { ...writer, deleteRow } };
      expect((await world.apply(await world.plan(NEXT), { flyteadmin })).status).toBe("applied");
      expect(await world.rows()).toEqual(left);
    });
  });

  test("that a commit takes back is only made good once the rows that it took along are back", async () => {
    const world = await serve();
    const before = await world.rows();
    expect(await applyAndKill(world, NEXT, { at: 1, when: "after" })).toBe(true);
    await world.fault({ method: "UpdateWorkflowAttributes", code: "permission_denied", count: 1 });
    expect((await world.apply(await world.plan(PAST), { parallelism: 2 })).status).toBe("failed");
    expect(await world.rows()).not.toHaveProperty(["execution_cluster_label.team1/development"]);
    await world.converge(PAST);
    expect(await world.rows()).toEqual(before);
  });

  test("during which the lease is lost is gone on with by the next run", async () => {
    const world = await serve();
    let writes = 0;
    const confirm = async () => {
      writes += 1;
      if (writes > 2) throw new OperationalError("lease_lost", "another run took over", { next: "stop" });
    };
    const { flyteadmin } = world;
    const writer = flyteadmin.writerUnder({ confirm, check: () => {} });
    const report = await world.apply(await world.plan(NEXT), { flyteadmin: { ...flyteadmin, writer } });
    expect(report.steps.some(({ code }) => code === "lease_lost")).toBe(true);
    await world.converge(NEXT);
    await expectLeft(world);
  });

  test.each([
    ["not sent", {}],
    ["not sent either where the plan may lose such rows", { allow: ["cascade", "max-disruption-share", "empty-set"] }],
  ])(
    "below which someone writes what HTTP can't write back, after the rows there were read, is %s",
    async (_how, rest) => {
      const world = await serve();
      const { reader, writer } = world.flyteadmin;
      const late = { op: "create", kind: "attributes", name: "team1/development/a/b" };
      const plan = await world.plan(NEXT, rest);
      let isWritten = false;
      const listRows: typeof reader.listRows = async (kind) => {
        const rows = await reader.listRows(kind);
        if (!isWritten)
          await world.post("/mutate", { ...late, object: { execution_cluster_label: { value: "late" } } });
        isWritten = true;
        return rows;
      };
      const report = await world.apply(plan, { flyteadmin: { writer, reader: { ...reader, listRows } } });
      expect(report.steps).toMatchObject([{ status: "failed", code: "rows_changed" }, { status: "skipped" }]);
      expect(await world.rows()).toHaveProperty(["execution_cluster_label.team1/development/a/b"], "late");
    },
  );

  test("below which someone writes a row after the rows there were written down is not sent", async () => {
    const world = await serve();
    const { reader, writer } = world.flyteadmin;
    let isWritten = false;
    // The answer to the second list of the run is the one that the delete rests on.
    const listRows: typeof reader.listRows = async (kind) => {
      const rows = await reader.listRows(kind);
      if (!isWritten) await writer.putRow(labelOf("team1/development/late", "late"));
      isWritten = true;
      return rows;
    };
    const plan = await world.plan(NEXT);
    const report = await world.apply(plan, { flyteadmin: { writer, reader: { ...reader, listRows } } });
    expect(report.steps).toMatchObject([{ status: "failed", code: "rows_changed" }, { status: "skipped" }]);
    await world.converge(NEXT);
    expect(await world.rows()).toEqual({ ...LEFT, "execution_cluster_label.team1/development/late": "late" });
  });

  test.each(["a/b", ".", ".."])(
    "above a row of workflow %s, which HTTP cannot write back, is blocked, and refused where the row came later",
    async (workflow) => {
      const world = await serve();
      const early = await world.plan(NEXT);
      const label = { execution_cluster_label: { value: "unwritable" } };
      const before = await world.rows();
      const name = `team1/production/${workflow}`;
      await world.post("/mutate", { op: "create", kind: "attributes", name, object: label });
      const checks = (await world.plan(NEXT)).checks.filter(({ status }) => status === "fail");
      expect(checks).toMatchObject([{ name: "cascade", message: expect.stringContaining(name) }]);
      const report = await world.apply(early);
      expect(report.steps.map(({ code }) => code)).toContain("cascade_unsafe");
      expect(await world.rows()).toMatchObject({
        "execution_cluster_label.team1": before["execution_cluster_label.team1"],
        [`execution_cluster_label.${name}`]: "unwritable",
      });
      const allowed = await world.plan(NEXT, { allow: ["cascade"] });
      expect((await world.apply(allowed)).status).toBe("applied");
      await expectLeft(world);
    },
  );
});

test("first writes of one row that meet are sent again", async () => {
  const world = await serveCascades();
  const message = 'value with matching already exists (duplicate key value violates unique constraint "resource_idx")';
  await world.fault({ method: "UpdateProjectDomainAttributes", code: "already_exists", message, count: 2 });
  const wanted = desiredPlaces({ rows: groupRows([desiredLabel("team1/development", "gpu")]) });
  expect((await world.apply(await world.plan(wanted))).status).toBe("applied");
  expect(await world.rows()).toEqual({ "execution_cluster_label.team1/development": "gpu" });
});

describe("a delete that was allowed to take away for good what the plan shows", () => {
  const lose = (workflow: string) => ({
    ...{ op: "create", kind: "attributes", name: `team1/development/${workflow}`, launch_plan: "lp" },
    object: { execution_cluster_label: { value: workflow } },
  });
  const SHOWN = [{ check: "cascade", addresses: ["execution_cluster_label.team1"], concerns: concern("shown") }];

  function concern(...workflows: readonly string[]): readonly string[] {
    return workflows.map((workflow) => `execution_cluster_label.team1/development/${workflow} (launch plan lp)`);
  }

  async function plan(allow: PlanOptions["allow"]) {
    const world = await serveCascades({ "team1/development/one": "1" });
    await world.converge(desiredPlaces({ rows: groupRows([desiredLabel("team1", "wide"), KEPT]) }));
    await world.post("/mutate", lose("shown"));
    const planned = await world.plan(NEXT, { allow });
    expect(planned.applyable).toBe(true);
    return { world, planned };
  }

  test.each([
    ["by the check's name", ["cascade"]],
    ["by what it was shown to lose", SHOWN],
  ])("%s, takes that and nothing that came since", async (_how, allow) => {
    const { world, planned } = await plan(allow);
    await world.post("/mutate", lose("came-later"));
    const before = await world.rows();
    const { steps } = await world.apply(planned);
    expect(steps).toMatchObject([{ status: "failed", code: "cascade_unsafe" }]);
    expect(steps[0]?.message).toMatch(/would permanently remove team1\/development\/came-later \(launch plan lp\):/);
    expect(await world.rows()).toEqual(before);
    const again = await world.plan(NEXT, { allow });
    expect([again.digest === planned.digest, again.applyable]).toEqual([false, allow !== SHOWN]);
  });

  test.each([["cascade"], SHOWN])("is carried out as it is shown under %j", async (...allow) => {
    const { world, planned } = await plan(allow);
    expect((await world.apply(planned)).status).toBe("applied");
    expect(Object.keys(await world.rows()).sort()).toEqual([
      "execution_cluster_label.project1",
      "execution_cluster_label.team1/development/one",
    ]);
  });
});
