import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Desired, DesiredSettings } from "../../src/model/objects/desired.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import type { Notice, Plan } from "../../src/model/plan/plan.ts";
import { draftStep, fact, type StepInput } from "../../src/plan/draft/draft-step.ts";
import { linkReferences, loosenReferences } from "../../src/plan/order/link-references.ts";
import { orderSteps } from "../../src/plan/order/order-steps.ts";
import { desiredCluster, desiredQueue } from "./arbitrary-desired.ts";
import { openWorld, type World } from "./open-model.ts";
import { ALLOWED, build, type Choices, choices, folder, listBefore, planSettings, SETTINGS } from "./plan-settings.ts";
import { desiredSettings } from "./routing/build-states.ts";
import { carryOut } from "./walk-plan.ts";

const ONE = [desiredCluster("c1", "pa")];
const ONE_MOVED = [desiredCluster("c1", "pb")];
const BESIDE = desiredCluster("c2", "pa");
const QA = desiredQueue("qa", "pa", ["c2"]);
const [QB, QB_MOVED] = [desiredQueue("qb", "pa", ["c1"]), desiredQueue("qb", "pb", ["c1"])];
/** Reaches no cluster. */
const OFF = desiredCluster("c9", "pb", { state: "drained" });
const QC = desiredQueue("qc", "pb", ["*"]);
const ofOrg = (values: DesiredSettings["values"]) => desiredSettings(null, values);
const ofDev = (values: DesiredSettings["values"]) => desiredSettings("dev", values);
const naming = (queue: string) => ({ [DEFAULT_QUEUE_KEY]: queue });
type Declared = readonly [Desired["clusters"], Desired["queues"], Desired["settings"]];

/** The queue that runs of domain dev go to which name none. */
function findQueue({ model }: World): string {
  const named = ["dev", ""].map((scope) => model.state.setting.rows.get(scope)?.values[DEFAULT_QUEUE_KEY]);
  return (named.find((queue) => typeof queue === "string" && queue !== "") as string | undefined) ?? "default";
}

/** Carries out a plan; the queues that runs of domain dev went to on the way, and neither before nor after, and of which no notice said so. */
async function listUntold(world: World, plan: Plan): Promise<readonly string[]> {
  const before = findQueue(world);
  const seen = new Set<string>();
  const afterWrite = () => void seen.add(findQueue(world));
  expect((await carryOut(world, plan, { afterWrite }))?.status).toBe("applied");
  const told = plan.notices.flatMap(({ code, queues }) => (code === "interruption" ? (queues ?? []) : []));
  return [...seen].filter((queue) => ![before, findQueue(world), ...told].includes(queue));
}

/** As {@link build}, with settings of domain dev beside those of the organization; some have none. */
function buildBoth(picks: Choices, named: number, generation: Generation): Desired {
  const { settings, ...desired } = build(picks, generation);
  const queue = desired.queues[named % 4]?.name;
  return { ...desired, settings: [...settings, ...(queue === undefined ? [] : [ofDev(naming(queue))])] };
}

describe.each(GENERATIONS)("on %s", (generation) => {
  test("runs of a domain go nowhere but where they went and where they are to go, unless the plan says so", async () => {
    await fc.assert(
      fc.asyncProperty(choices, fc.nat(3), choices, fc.nat(3), async (past, was, next, named) => {
        const world = openWorld(generation);
        const first = await planSettings(world, buildBoth(past, was, generation), { allow: ALLOWED });
        fc.pre(first.applyable);
        await carryOut(world, first);
        const plan = await planSettings(world, buildBoth(next, named, generation), { allow: ALLOWED });
        fc.pre(plan.applyable);
        expect(await listUntold(world, plan)).toEqual([]);
      }),
      SETTINGS,
    );
  });
});

/** Settings of a domain come to follow those above: the folder before and after, by clusters, queues and settings; the last are the steps that these wait for. */
const FOLLOWED: readonly (readonly [string, Declared, Declared, readonly string[]])[] = [
  [
    "which moves with its cluster",
    [
      [...ONE, BESIDE],
      [QA, QB],
      [ofOrg(naming("qb")), ofDev(naming("qa"))],
    ],
    [[...ONE_MOVED, BESIDE], [QA, QB_MOVED], [ofOrg(naming("qb"))]],
    ["queue.qb/activate"],
  ],
  [
    "which is made by the same plan, and named",
    [
      [...ONE, BESIDE],
      [QA, QC],
      [ofOrg(naming("qc")), ofDev(naming("qa"))],
    ],
    [[...ONE, BESIDE], [QA, QC, QB], [ofOrg(naming("qb"))]],
    ["queue.qb/create", "settings.acme/update"],
  ],
  [
    "which is there already, once it is named",
    [
      [...ONE, BESIDE],
      [QA, QC, QB],
      [ofOrg(naming("qc")), ofDev(naming("qa"))],
    ],
    [[...ONE, BESIDE], [QA, QC, QB], [ofOrg(naming("qb"))]],
    ["settings.acme/update"],
  ],
];

test.each(FOLLOWED)(
  "settings that give way to those above wait until the queue of these takes work, %s",
  async (_, before, after, givers) => {
    const world = openWorld("2026-11");
    const declare = ([clusters, queues, settings]: Declared) => ({ ...folder(clusters, queues, undefined), settings });
    await carryOut(world, await planSettings(world, declare(before), { allow: ALLOWED }));
    const { steps } = await planSettings(world, declare(after), { allow: ALLOWED });
    const dev = steps.find(({ address }) => address === "settings.acme/dev");
    expect(givers.filter((id) => !listBefore(steps, dev?.id).has(id))).toEqual([]);
  },
);

/** Queue qa goes, and qn goes along with the cluster of both: settings of dev give way to those above, which come to name qn. */
async function planCircle(above: Desired["queues"][number], more: Desired["clusters"]) {
  const world = openWorld("2026-11");
  const [qa, qn] = [desiredQueue("qa", "pa", ["c1"]), desiredQueue("qn", "pa", ["c1"])];
  const start = folder([...ONE, ...more], [qa, qn, above], undefined);
  const both = { ...start, settings: [ofOrg(naming("qc")), ofDev(naming("qa"))] };
  await carryOut(world, await planSettings(world, both, { allow: ALLOWED }));
  const next = folder([...ONE_MOVED, ...more], [{ ...qn, spec: { ...qn.spec, cluster_pool: "pb" } }, above], "qn");
  return { world, plan: await planSettings(world, next, { allow: ALLOWED }) };
}

test("in a circle, settings give way only once those above name the queue that they are to follow", async () => {
  const { world, plan } = await planCircle({ ...QC, spec: { ...QC.spec, clusters: ["c9"] } }, [OFF]);
  expect(plan.steps.map(({ id }) => id).slice(0, 3)).toEqual([
    "settings.acme/update",
    "settings.acme/dev/delete",
    "queue.qa/drain",
  ]);
  expect(listSaid(plan, "qn")).toEqual([
    "Settings of acme name queue qn before it takes work: until then, runs there that name no queue are refused or wait.",
    "Settings of acme/dev follow those that name queue qn before it takes work: until then, runs there that name no queue are refused or wait.",
    "Queue qn refuses runs while it is drained and pointed elsewhere.",
  ]);
  expect(await listUntold(world, plan)).toEqual([]);
});

test("in a circle, those above keep a queue that serves until the next one does", async () => {
  const { world, plan } = await planCircle(desiredQueue("qc", "pa", ["c2"]), [BESIDE]);
  expect([...listBefore(plan.steps, "settings.acme/update")]).toContain("queue.qn/activate");
  expect([...listBefore(plan.steps, "settings.acme/dev/delete")]).toContain("settings.acme/update");
  expect(listSaid(plan, "qa")).toEqual([
    "Queue qa goes out of service while settings of acme/dev still name it, because qn takes work only after that: until they name qn, runs there that name no queue are refused.",
  ]);
  expect(await listUntold(world, plan)).toEqual([]);
});

test("settings that have to give way before those above name a queue that is not there yet are told with the former one", () => {
  const step = (input: StepInput) => draftStep(input);
  const [qn, named] = [fact.queue("qn"), fact.named("acme")];
  const patch = { settings: {}, cleared: [DEFAULT_QUEUE_KEY] };
  const draft = () => ({
    notices: [] as Notice[],
    steps: [
      step({
        ...{ address: "settings.acme/dev", name: "acme/dev", kind: "settings", op: "delete", set: patch },
        ...{ needs: [qn, fact.served("qn"), named], gives: [fact.unreferred("qa")] },
      }),
      step({
        ...{ address: "settings.acme", name: "acme", kind: "settings", op: "update", set: patch },
        ...{ needs: [qn, fact.served("qn")], gives: [named, fact.unreferred("qc")] },
      }),
      // Not drained: what is waited for may be interrupted.
      step({ address: "queue.qa", name: "qa", kind: "queue", op: "delete", gives: [fact.unpinned("c1")] }),
      step({
        ...{
          address: "queue.qn",
          name: "qn",
          kind: "queue",
          op: "create",
          set: { ...desiredQueue("qn", "pb", ["*"]).spec, state: "active" },
        },
        needs: [fact.unpinned("c1")],
      }),
    ],
  });
  const of = (scope: string) => (scope === "acme" ? "qc" : "qa");
  const followed = { of, named: of, isServed: () => true };
  const lossOf = () => ({ leavers: [], isLast: false });
  const loose = new Set<string>();
  for (;;) {
    const { steps, notices } = draft();
    linkReferences({ steps, notices }, { followed, lossOf }, loose);
    const ordered = orderSteps(steps, new Set());
    if ("steps" in ordered) {
      const order = ordered.steps.map(({ id }) => id);
      expect(order).toEqual(["settings.acme/dev/delete", "queue.qa/delete", "queue.qn/create", "settings.acme/update"]);
      expect(notices.map(({ message }) => message)).toEqual([
        "Settings of acme/dev name no queue before those of acme name queue qn: until then, runs there that name no queue go to queue qc.",
      ]);
      return;
    }
    expect(loosenReferences(ordered.circle, steps, followed, loose)).toBe(true);
  }
});

/** What a plan says of interruptions of a queue. */
function listSaid({ notices }: Plan, queue: string): readonly string[] {
  return notices.flatMap(({ code, queues, message }) =>
    code === "interruption" && queues?.includes(queue) ? [message] : [],
  );
}

test("settings give way to what stays named above, although a manifest there manages other values alone", async () => {
  const world = openWorld("2026-11");
  const start = folder([...ONE, BESIDE], [QA, QB], "qb");
  await carryOut(world, await planSettings(world, { ...start, settings: [ofDev(naming("qa"))] }));
  await world.writer.writeSettings({ domain: null, project: null }, naming("qb"), "0");
  const next = folder([...ONE_MOVED, BESIDE], [QA, QB_MOVED], "qb");
  const { steps } = await planSettings(world, { ...next, settings: [ofOrg({ labels: { team: "a" } })] });
  expect(steps.map(({ id }) => id)).toContain("settings.acme/update");
  expect([...listBefore(steps, "settings.acme/dev/delete")]).toContain("queue.qb/activate");
});
