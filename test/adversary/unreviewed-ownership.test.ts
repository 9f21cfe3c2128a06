import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { cluster, FILES, type Files, queue } from "../daemon/manifests.ts";
import type { Settings } from "../daemon/open-daemon-world.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker may open requests and has them merged without a review, as a draft. Somebody has set something by hand that no manifest
 * manages; the attacker's commit changes no value: it makes a manifest manage what was set by hand. They want that taken for drift,
 * which is undone without a review. Who only reports drift wants the reviewed commit to be carried out all the same.
 */

const ALL = { policy: { auto_apply: "all" } };
/** Nothing is looked at but what is pushed or asked for, so that what is live by hand is in no baseline. */
const RARELY = { schedule: "0 0 1 1 *" };
const LIMIT = "run.max_action_concurrency: 4\n";
const ignoring = (runs: number) => `${queue("any", runs)}lifecycle: { ignore_changes: [run_concurrency] }\n`;

/** What is set by hand where no manifest manages it, and the commit that makes a manifest manage it. */
interface Way {
  readonly files: Files;
  readonly address: string;
  readonly hand: object;
  readonly takes: Files;
  readonly read: (forged: ForgedWorld) => unknown;
  readonly byHand: unknown;
  readonly asked: unknown;
}

const settingsOf = ({ world }: ForgedWorld) => world.served.model.state.setting.rows.get("")?.values ?? {};
const runsOf = ({ world }: ForgedWorld) => world.served.model.state.queue.rows.get("any")?.spec.run_concurrency;

const WAYS: Readonly<Record<string, Way>> = {
  "`authoritative: true`": {
    files: { ...FILES, "settings/org.yaml": LIMIT },
    address: "settings.acme",
    hand: { op: "set", kind: "settings", name: "", path: "pod_template_name", value: "by-hand" },
    takes: { "settings/org.yaml": `authoritative: true\n${LIMIT}` },
    read: (forged) => settingsOf(forged).pod_template_name,
    byHand: "by-hand",
    asked: undefined,
  },
  "fewer `ignore_changes`": {
    files: { ...FILES, "queues/any.yaml": ignoring(1) },
    address: "queue.any",
    hand: { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 500, by: "oncall" },
    takes: { "queues/any.yaml": queue("any", 1) },
    read: runsOf,
    byHand: 500,
    asked: 1,
  },
  "a limit of a cluster's queue that it left alone": {
    files: FILES,
    address: "cluster.c1",
    hand: { op: "set", kind: "queue", name: "c1", path: "depth", value: 77, by: "oncall" },
    takes: { "clusters/c1.yaml": "name: c1\npool: pa\nqueue: { depth: 5 }\n" },
    read: ({ world }) => world.served.model.state.queue.rows.get("c1")?.spec.depth,
    byHand: 77,
    asked: 5,
  },
};

async function openWay({ files, hand }: Way, settings: Settings): Promise<ForgedWorld> {
  const forged = await openForgedWorld({ settings: { ...ALL, ...settings }, files });
  await forged.daemon.reconciled();
  await forged.world.post("/mutate", hand);
  return forged;
}

/** Has a request merged that was never planned. */
async function mergeDraft(forged: ForgedWorld, files: Files): Promise<string> {
  const number = await forged.propose("draft", files, { draft: true, author: "mallory" });
  await forged.untilStatus(number, "plan", /^pending: not planned: is a draft/);
  return forged.merge(number, "mona");
}

describe.each(Object.entries(WAYS))("an unreviewed commit of %s", (_name, way) => {
  test.each(["revert", "report"])("is held, drift.action %s, and carried out once it is approved", async (action) => {
    const forged = await openWay(way, { drift: { action, ...RARELY } });
    const merged = await mergeDraft(forged, way.takes);
    const held = await forged.daemon.untilState("AwaitingApproval", merged);
    expect(held.last_pass?.outcome).toMatchObject({ held: [{ address: way.address, reason: "unreviewed" }] });
    expect([held.applied_revision, held.drift_since]).toEqual([forged.world.first, null]);
    expect(way.read(forged)).toEqual(way.byHand);
    expect((await forged.daemon.approve()).status).toBeLessThan(300);
    const { audit } = await forged.daemon.untilApplied(merged);
    expect(way.read(forged)).toEqual(way.asked);
    expect(audit.filter(({ action: act }) => act === "apply")[0]?.details.approval).not.toBeNull();
  });

  test("is held in a store that an earlier release has written, and real drift there is undone still", async () => {
    const forged = await openWay(way, { drift: RARELY });
    await forgetManifests(forged);
    const merged = await mergeDraft(forged, way.takes);
    const { last_pass } = await forged.daemon.untilState("AwaitingApproval", merged);
    expect(last_pass?.outcome).toMatchObject({ held: [{ address: way.address, reason: "unreviewed" }] });
    expect(way.read(forged)).toEqual(way.byHand);
  });
});

/** What was applied is remembered without manifests; what happens meanwhile, happens before the daemon is there again. */
async function forgetManifests(forged: ForgedWorld, meanwhile?: () => Promise<void>): Promise<void> {
  await forged.daemon.daemon.stop();
  const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
  database.exec("update owned_object set manifest = null");
  database.close();
  await meanwhile?.();
  await forged.restart();
}

describe("a reviewed commit that makes a manifest manage what was set by hand", () => {
  test.each(["report", "propose", "off"])(
    "is carried out and reported as nobody else's, drift.action %s",
    async (action) => {
      const way = WAYS["`authoritative: true`"];
      if (way === undefined) throw new Error("there is no such way");
      const forged = await openWay(way, { drift: { action } });
      const number = await forged.propose("reviewed", way.takes);
      await forged.untilStatus(number, "apply", /^success/);
      const merged = await forged.merge(number, "mona");
      const { passes } = await forged.daemon.untilApplied(merged);
      expect(way.read(forged)).toEqual(way.asked);
      const reasons = passes.flatMap(({ outcome }) =>
        "held" in outcome ? outcome.held.map(({ reason }) => reason) : [],
      );
      expect(reasons).toEqual([]);
    },
  );
});

describe("beside an unreviewed commit", () => {
  test("drift is undone, and what was set by hand where nothing managed it stays", async () => {
    const way = WAYS["`authoritative: true`"];
    if (way === undefined) throw new Error("there is no such way");
    const forged = await openWay(way, { drift: RARELY });
    const merged = await mergeDraft(forged, way.takes);
    await forged.daemon.untilState("AwaitingApproval", merged);
    await forged.world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.daemon.until(() => runsOf(forged) === 1);
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect(way.read(forged)).toBe("by-hand");
  });

  test("drift in a store that an earlier release has written is undone where no commit came since", async () => {
    const forged = await openForgedWorld({ settings: ALL });
    await forgetManifests(forged);
    await forged.world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
    await forged.daemon.until(() => runsOf(forged) === 1);
  });
});

describe("in a store that an earlier release has written, drift that is only reported", () => {
  test("stays as it is, whatever harmless commit is merged meanwhile, and is shown as that", async () => {
    const forged = await openForgedWorld({
      settings: { policy: { auto_apply: "update" }, drift: { action: "report" } },
    });
    await forged.daemon.reconciled();
    await forged.world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 500 });
    await forged.daemon.send("/targets/prod/reconcile", {});
    await forged.daemon.untilState("OutOfSync");
    await forgetManifests(forged);
    await forged.daemon.until(({ status }) => status.reason === "Drift");
    const number = await forged.propose("harmless", { "clusters/c4.yaml": cluster("c4", "pb") }, { author: "mallory" });
    await forged.untilStatus(number, "apply", /^success/);
    expect(forged.comment(number)).toContain("A merge applies it, except for 1 object that is not changed.");
    const merged = await forged.merge(number, "mallory");
    const { status, last_pass } = await forged.daemon.until(({ applied_revision }) => applied_revision === merged);
    expect([status.state, status.reason]).toEqual(["OutOfSync", "Drift"]);
    expect(last_pass?.outcome).toMatchObject({ held: [{ address: "queue.any", reason: "drift_report" }] });
    expect(runsOf(forged)).toBe(500);
    expect(forged.world.served.model.state.cluster.rows.get("c4")?.pool).toBe("pb");
  });
});

describe("in a store that an earlier release has written, where a commit came before anybody had looked", () => {
  const settings = { policy: { auto_apply: "update" }, drift: { action: "report" } };
  const setRuns = (forged: ForgedWorld, value: number) =>
    forged.world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value });
  const open = async () => {
    const forged = await openForgedWorld({ settings });
    await forged.daemon.reconciled();
    return forged;
  };

  test("what is live is set back to what was applied only once somebody approves it", async () => {
    const forged = await open();
    let pushed = "";
    await forgetManifests(forged, async () => {
      await setRuns(forged, 500);
      pushed = forged.world.repository.push({ "clusters/c4.yaml": cluster("c4", "pb") });
    });
    const { last_pass } = await forged.daemon.untilState("AwaitingApproval", pushed);
    expect(last_pass?.outcome).toMatchObject({ held: [{ address: "queue.any", reason: "approval" }] });
    expect(last_pass?.outcome).toMatchObject({
      held: [{ message: expect.stringContaining("It is unknown whether") }],
    });
    expect(runsOf(forged)).toBe(500);
    expect((await forged.daemon.approve()).status).toBeLessThan(300);
    await forged.daemon.untilApplied(pushed);
    expect(runsOf(forged)).toBe(1);
  });

  test("what the commit sets to another value than was applied is its own, and needs no approval", async () => {
    const forged = await open();
    let pushed = "";
    await forgetManifests(forged, async () => {
      pushed = forged.world.repository.push({ "queues/any.yaml": queue("any", 4) });
    });
    await forged.daemon.untilApplied(pushed);
    expect(runsOf(forged)).toBe(4);
  });
});

describe("while drift stands, an unreviewed commit that manages less", () => {
  test("by `ignore_changes` lets nothing run that was asked for before", async () => {
    const forged = await openForgedWorld({ settings: { ...ALL, drift: RARELY } });
    await forged.daemon.reconciled();
    await forged.world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
    const merged = await mergeDraft(forged, { "queues/any.yaml": ignoring(1) });
    await forged.daemon.untilApplied(merged);
    await forged.daemon.reconciled();
    expect(runsOf(forged)).toBe(9);
  });

  test("by dropping `authoritative` leaves a foreign key, and undoes what it still manages", async () => {
    const files = { ...FILES, "settings/org.yaml": `authoritative: true\n${LIMIT}` };
    const forged = await openForgedWorld({ settings: { ...ALL, drift: RARELY }, files });
    await forged.daemon.reconciled();
    const set = (path: string, value: unknown) =>
      forged.world.post("/mutate", { op: "set", kind: "settings", name: "", path, value });
    await set("pod_template_name", "by-hand");
    await set("run.max_action_concurrency", 40);
    const merged = await mergeDraft(forged, { "settings/org.yaml": LIMIT });
    await forged.daemon.untilApplied(merged);
    expect(settingsOf(forged)).toMatchObject({ pod_template_name: "by-hand", "run.max_action_concurrency": 4 });
  });
});
