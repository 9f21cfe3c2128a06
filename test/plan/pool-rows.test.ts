/** Rows of flyteadmin that name a pool, and clusters that come to it or leave it in the same plan. */
import { expect, test } from "vitest";
import { formatAddress } from "../../src/model/address.ts";
import { GENERATIONS } from "../../src/model/objects/live.ts";
import type { Plan } from "../../src/model/plan/plan.ts";
import type { Step } from "../../src/model/plan/step.ts";
import { judgeInput } from "./open-model.ts";
import { KIND, moveFrom, type Places } from "./place-rows.ts";

/** The plan from one state to another. */
async function planFrom(...states: Parameters<typeof moveFrom>): Promise<Plan> {
  return judgeInput(await moveFrom(...states));
}

/** Whether a step comes after another in every order that the plan allows. */
function isAfter({ steps }: Plan, later: Step | undefined, earlier: Step | undefined): boolean {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const open = [...(later?.after ?? [])];
  for (const id of open) open.push(...(byId.get(id)?.after ?? []));
  return earlier !== undefined && open.includes(earlier.id);
}

const stepOf = ({ steps }: Plan, kind: string, ops: readonly string[], address: string) =>
  steps.find((step) => step.kind === kind && ops.includes(step.op) && step.address === address);
const rowStep = (made: Plan, scope: string) => made.steps.find(({ address }) => address === formatAddress(KIND, scope));
/** The first step by which a cluster leaves its pool. */
const leaving = (made: Plan, name: string) => stepOf(made, "cluster", ["drain", "delete"], `cluster.${name}`);
/** The last step by which a cluster comes to serve in its pool. */
const serving = (made: Plan, name: string) =>
  made.steps.findLast(
    ({ address, kind, op }) =>
      address === `cluster.${name}` && kind === "cluster" && ["activate", "create", "await"].includes(op),
  );
const announced = ({ notices }: Plan) =>
  notices.filter(({ code }) => code === "interruption").map(({ message }) => message);
const ofRows = (made: Plan) => announced(made).filter((message) => message.includes("by cluster pool"));

test.each(GENERATIONS)(
  "a row names an empty pool only once its first cluster serves there, on %s",
  async (generation) => {
    const made = await planFrom(
      generation,
      { clusters: { c4: "pa", c5: "pa", cd: "pd" }, rows: { "p1/development": "pd" } },
      { clusters: { c4: "pa", c5: "pb", cd: "pd" }, rows: { "p1/development": "pb" } },
    );
    const first = made.steps.find(({ op, kind }) => kind === "cluster" && (op === "activate" || op === "create"));
    expect(isAfter(made, rowStep(made, "p1/development"), first)).toBe(true);
    expect(ofRows(made)).toEqual([]);
  },
);

test.each([
  ["moves", "2026-11", { c3: "pa" }],
  ["goes", "2026-11", {}],
  ["moves", "2026-07", { c3: "pa" }],
  ["goes", "2026-07", {}],
] as const)(
  "the last cluster of a pool that %s waits for the row that is turned away from the pool, on %s",
  async (_how, generation, rest) => {
    const others = { c4: "pa", cd: "pd" };
    const made = await planFrom(
      generation,
      { clusters: { ...others, c3: "pb" }, rows: { "p1/development": "pb" } },
      { clusters: { ...others, ...rest }, rows: { "p1/development": "pd" } },
    );
    expect(isAfter(made, leaving(made, "c3"), rowStep(made, "p1/development"))).toBe(true);
    const waits = made.steps.filter(({ until, address }) => until === "idle" && address === "cluster.c3");
    expect(waits.map((step) => isAfter(made, step, rowStep(made, "p1/development")))).toEqual(waits.map(() => true));
    expect(ofRows(made)).toEqual([]);
  },
);

test("a row that comes, or goes, turns runs of its scope away from the pool that others would send them to", async () => {
  const others = { c4: "pa", cd: "pd" };
  const coming = await planFrom(
    "2026-11",
    { clusters: { ...others, c3: "pb" }, rows: { p1: "pb" } },
    { clusters: { ...others, c3: "pa" }, rows: { p1: "pb", "p1/development": "pd" } },
  );
  expect(isAfter(coming, leaving(coming, "c3"), rowStep(coming, "p1/development"))).toBe(true);
  const going = await planFrom(
    "2026-11",
    { clusters: { ...others, c3: "pa" }, rows: { p1: "pb", "p1/development": "pd" } },
    { clusters: { ...others, c3: "pb" }, rows: { p1: "pb" } },
  );
  expect(isAfter(going, rowStep(going, "p1/development"), serving(going, "c3"))).toBe(true);
});

test("a cluster of a pool that a row names stays until the one that comes in its place serves", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c3: "pb", c4: "pa", c5: "pa" }, rows: { p1: "pb" } },
    { clusters: { c3: "pa", c4: "pa", c5: "pb" }, rows: { p1: "pb" } },
  );
  expect(isAfter(made, leaving(made, "c3"), serving(made, "c5"))).toBe(true);
  expect(ofRows(made)).toEqual([]);
});

test("of two clusters that leave the pool that a row goes along with one of them from, the other keeps it served until then", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pa", c2: "pa", cd: "pd" }, rows: { p1: "pa" } },
    { clusters: { c1: "pb", c2: "pd", cd: "pd" }, rows: { p1: "pb" } },
  );
  expect(isAfter(made, rowStep(made, "p1"), serving(made, "c1"))).toBe(true);
  expect(isAfter(made, leaving(made, "c2"), rowStep(made, "p1"))).toBe(true);
  expect(ofRows(made)).toEqual([]);
});

test("a row goes to a pool that is served throughout before its former one is empty", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pa", c2: "pb", cd: "pd" }, rows: { p1: "pa" } },
    { clusters: { c1: "pb", c2: "pd", cd: "pd" }, rows: { p1: "pb" } },
  );
  expect(isAfter(made, leaving(made, "c1"), rowStep(made, "p1"))).toBe(true);
  expect(isAfter(made, leaving(made, "c2"), serving(made, "c1"))).toBe(true);
  expect(ofRows(made)).toEqual([]);
});

test("a row that goes to a pool within a ring of moves is written last where all other pools are served throughout then", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pa", c2: "pb", c3: "pd" }, rows: { p1: "pb", p2: "pa", p3: "pb" } },
    { clusters: { c1: "pb", c2: "pd", c3: "pa" }, rows: { p1: "pd", p2: "pa", p3: "pb" } },
  );
  expect(isAfter(made, leaving(made, "c1"), serving(made, "c3"))).toBe(true);
  expect(isAfter(made, leaving(made, "c2"), serving(made, "c1"))).toBe(true);
  expect(isAfter(made, rowStep(made, "p1"), serving(made, "c2"))).toBe(true);
  expect(ofRows(made)).toEqual([]);
});

test("a row that goes along with the only cluster of its pool follows it, and the plan announces what lies in between", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pa", cd: "pd" }, rows: { p1: "pa" } },
    { clusters: { c1: "pb", cd: "pd" }, rows: { p1: "pb" } },
  );
  expect(isAfter(made, rowStep(made, "p1"), serving(made, "c1"))).toBe(true);
  expect(ofRows(made)).toEqual([expect.stringMatching(/pa .*c1 .*p1/)]);
  const replaced = await planFrom(
    "2026-07",
    { clusters: { c1: "pa", cd: "pd" }, rows: { p1: "pa" } },
    { clusters: { c1: "pb", cd: "pd" }, rows: { p1: "pb" } },
  );
  expect(isAfter(replaced, leaving(replaced, "c1"), rowStep(replaced, "p1"))).toBe(true);
  expect(ofRows(replaced)).toEqual([]);
});

test("two pools that exchange their only clusters have an order that announces what their rows miss", async () => {
  const before: Places = { clusters: { c1: "pa", c2: "pb" }, rows: { p1: "pa", p2: "pb" } };
  const kept = await planFrom("2026-11", before, { clusters: { c1: "pb", c2: "pa" }, rows: before.rows });
  expect(ofRows(kept)).toEqual([expect.stringMatching(/pa .*c1 .*p1/)]);
  const exchanged = await planFrom("2026-11", before, {
    clusters: { c1: "pb", c2: "pa" },
    rows: { p1: "pb", p2: "pa" },
  });
  expect(isAfter(exchanged, leaving(exchanged, "c1"), rowStep(exchanged, "p1"))).toBe(true);
  expect(isAfter(exchanged, rowStep(exchanged, "p2"), serving(exchanged, "c2"))).toBe(true);
  expect(ofRows(exchanged)).toEqual([]);
});

test("a row goes only once the wider one that counts then is written, also where that waits for a cluster", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pa", c2: "pa", cd: "pd" }, rows: { p1: "pa", "p1/development": "pd" } },
    { clusters: { c1: "pb", c2: "pa", cd: "pd" }, rows: { p1: "pb" } },
  );
  expect(isAfter(made, rowStep(made, "p1"), serving(made, "c1"))).toBe(true);
  expect(isAfter(made, rowStep(made, "p1/development"), rowStep(made, "p1"))).toBe(true);
});

test("a row that keeps runs in the pool that a wider one turns away from keeps its cluster there until the next one serves", async () => {
  const made = await planFrom(
    "2026-11",
    { clusters: { c1: "pb", c2: "pb", c5: "pa" }, rows: { p1: "pa" } },
    { clusters: { c1: "pb", c2: "pa" }, rows: { p1: "pb", "p1/development": "pa" } },
  );
  expect(isAfter(made, leaving(made, "c5"), serving(made, "c2"))).toBe(true);
});

test("a part without the delete of a wide row leaves what comes after it, and deletes a row below that runs of its scope miss nothing by", async () => {
  const clusters = { c3: "pb", cd: "pd" };
  const before = { clusters, rows: { p1: "pb", "p1/development": "pd", "p1/development/wf": "pd" } };
  const next = { clusters, rows: { "p1/development": "pb" } };
  const changed = async (part: Parameters<typeof moveFrom>[3]) => {
    const { changes } = await planFrom("2026-11", before, next, part);
    return changes.map(({ address }) => address.slice(KIND.length + 1)).sort();
  };
  expect(await changed({})).toEqual(["p1", "p1/development", "p1/development/wf"]);
  expect(await changed({ exclude: [formatAddress(KIND, "p1")] })).toEqual(["p1/development/wf"]);
  expect(await changed({ exclude: [formatAddress(KIND, "p1/development/wf")] })).toEqual([]);
  expect(await changed({ target: [formatAddress(KIND, "p1/development")] })).toEqual([
    ...["p1", "p1/development", "p1/development/wf"],
  ]);
});
