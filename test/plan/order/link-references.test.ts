import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { computePlan } from "../../../src/plan/compute-plan.ts";
import { draftStep, fact, type StepInput } from "../../../src/plan/draft/draft-step.ts";
import { linkReferences, loosenLeavers } from "../../../src/plan/order/link-references.ts";
import { orderSteps } from "../../../src/plan/order/order-steps.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { desiredQueue } from "../arbitrary-desired.ts";
import { listBefore } from "../plan-settings.ts";
import { readCase } from "../read-case.ts";

const FOLLOWED = { of: () => "default", named: () => undefined, isServed: () => true };

/** Settings of so many domains that leave a queue each, and clusters that leave all of these, linked; what each cluster's drain waits for. */
function link(queues: number, clusters: number) {
  const names = Array.from({ length: clusters }, (_, index) => `c${index}`);
  const settings = Array.from({ length: queues }, (_, index) => {
    const name = `acme/d${index}`;
    const set = { settings: {}, cleared: [] };
    const gives = [fact.unreferred(`q${index}`)];
    // They wait for the first one to be where it moves to.
    const needs = [fact.serving("c0")];
    return draftStep({ address: `settings.${name}`, name, kind: "settings", op: "update", set, needs, gives });
  });
  const drains = names.map((name) => draftStep({ address: `cluster.${name}`, name, kind: "cluster", op: "drain" }));
  const back = draftStep({
    ...{ address: "cluster.c0", name: "c0", kind: "cluster", op: "activate" },
    ...{ follows: ["cluster.c0/drain"], gives: [fact.serving("c0")] },
  });
  const steps = [...settings, ...drains, back];
  linkReferences(
    { steps, notices: [] },
    { followed: FOLLOWED, lossOf: () => ({ leavers: names, isLast: true }) },
    new Set(),
  );
  return drains.map(({ needs, follows }) => [needs.length, follows]);
}

test("all clusters that a queue loses wait for the settings that leave it", () => {
  expect(link(2, 3)).toEqual([
    [2, []],
    [2, []],
    [2, []],
  ]);
});

test("of many clusters and many queues, one that settings do not wait for waits, and the others come after it, but for those that settings wait for", () => {
  const [first, second, ...rest] = link(101, 100);
  expect([first, second]).toEqual([
    [0, []],
    [101, []],
  ]);
  expect(rest.every(([needs, follows]) => needs === 0 && String(follows) === "cluster.c1/drain")).toBe(true);
});

/**
 * Plans to move all of so many clusters away from a pool whose every cluster serves so many queues, and to have the settings of a domain each name a new queue
 * instead; `poolOf`: where a cluster or a new queue comes to be, by its number.
 */
function planAway(clusters: number, queues: number, poolOf: (index: number) => string) {
  const folder = makeTemporaryFolder();
  const count = (most: number) => Array.from({ length: most }, (_, index) => index);
  const pools = ["cpu", ...new Set(count(Math.max(clusters, queues)).map(poolOf))];
  const limits = "run_concurrency: 1\naction_concurrency: 1";
  const manifests = [
    ...pools.map(
      (pool) =>
        `kind: ClusterPool\nname: ${pool}\nconfig: { object_store_ref: { uri: "s3://${pool}" }, secret_store: { type: KUBERNETES } }`,
    ),
    ...count(clusters).map((index) => `kind: Cluster\nname: c${index}\npool: ${poolOf(index)}`),
    ...count(queues).map(
      (index) => `kind: Queue\nname: new${index}\ncluster_pool: ${poolOf(index)}\nclusters: ["*"]\n${limits}`,
    ),
    ...count(queues).map(
      (index) => `kind: Settings\nscope: { domain: d${index} }\nsettings: { run.default_queue: new${index} }`,
    ),
  ];
  writeFileSync(join(folder, "desired.yaml"), manifests.join("\n---\n"));
  const live = {
    generation: "2026-11",
    pools: Object.fromEntries(pools.map((pool) => [pool, null])),
    clusters: Object.fromEntries(count(clusters).map((index) => [`c${index}`, { pool: "cpu" }])),
    queues: Object.fromEntries(count(queues).map((index) => [`old${index}`, { pool: "cpu" }])),
    settings: Object.fromEntries(count(queues).map((index) => [`d${index}`, { "run.default_queue": `old${index}` }])),
  };
  writeFileSync(join(folder, "live.yaml"), JSON.stringify(live));
  return computePlan(readCase(folder).input).body;
}

test.each([
  ["as few as wait by themselves", 5, 4],
  ["more", 101, 100],
])(
  "of clusters that all go where the new queues are, only the one that these need goes before settings have turned: %s",
  (_, clusters, queues) => {
    const { steps, notices } = planAway(clusters, queues, () => "gpu");
    const drains = steps.filter(({ kind, op }) => kind === "cluster" && op === "drain");
    const early = drains.filter(
      ({ id }) => ![...listBefore(steps, id)].some((before) => before.startsWith("settings.")),
    );
    expect([drains.length, early.map(({ physical_name }) => physical_name)]).toEqual([clusters, ["c0"]]);
    // Each cluster's own queue alone.
    expect(notices.filter(({ code }) => code === "interruption")).toHaveLength(clusters);
  },
);

test("of many clusters that go where a new queue waits for each, one stays until all settings but those that wait for it have turned", () => {
  const { steps, notices } = planAway(101, 101, (index) => `gpu${index}`);
  const turns = steps.filter(({ kind }) => kind === "settings").map(({ id }) => id);
  const after = steps.flatMap(({ kind, op, id }) => {
    const before = kind === "cluster" && op === "drain" ? listBefore(steps, id) : new Set();
    return turns.filter((turn) => !before.has(turn)).length === 1 ? [id] : [];
  });
  expect(after).toEqual(["cluster.c0/drain"]);
  expect(notices.filter(({ message }) => message.includes("goes out of service while settings"))).toHaveLength(1);
});

test("circles of clusters that wait for settings are opened together, though each has a queue of its own", () => {
  const step = (input: StepInput) => draftStep(input);
  const steps = ["a", "b", "c"].flatMap((name) => [
    step({
      ...{ address: `settings.acme/${name}`, name: `acme/${name}`, kind: "settings", op: "update" },
      ...{
        set: { settings: {}, cleared: [] },
        needs: [fact.queue(`new-${name}`)],
        gives: [fact.unreferred(`old-${name}`)],
      },
    }),
    step({
      ...{ address: `cluster.${name}`, name, kind: "cluster", op: "drain" },
      ...{ needs: [fact.unreferred(`old-${name}`)], gives: [fact.serving(name)] },
    }),
    step({
      ...{ address: `queue.new-${name}`, name: `new-${name}`, kind: "queue", op: "create" },
      set: { ...desiredQueue(`new-${name}`, "pb", ["*"]).spec, state: "active" },
      ...{ needs: [fact.serving(name)], gives: [fact.queue(`new-${name}`)] },
    }),
  ]);
  const ordered = orderSteps(steps, new Set());
  const circles = "circles" in ordered ? ordered.circles : [];
  expect(circles).toHaveLength(3);
  const loose = new Set<string>();
  expect(loosenLeavers(circles, steps, FOLLOWED, loose)).toBe(true);
  expect([...loose].filter((key) => /cluster\.[abc]\/drain$/.test(key))).toHaveLength(3);
});
