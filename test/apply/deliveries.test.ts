import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { type Desired, groupRows } from "../../src/model/objects/desired.ts";
import { writable } from "../store/writable.ts";
import { desiredFlyteClusters, desiredLabel, desiredPlaces } from "./desired-places.ts";
import { type ServedWorld, serveWorld } from "./serve-world.ts";

const VALUES = "flyte/values-override.yaml";
const wanting = (label: string) =>
  desiredPlaces({ flyte_clusters: [desiredFlyteClusters(label)], rows: groupRows([desiredLabel("team1", label)]) });

const serve = () => serveWorld("2026-11", { places: true });
const fileOf = ({ folder }: ServedWorld, path = VALUES) => join(folder, "output", path);
const textOf = (world: ServedWorld, path = VALUES) => readFileSync(fileOf(world, path), "utf8");

function edit(world: ServedWorld, text: string, path = VALUES): void {
  mkdirSync(dirname(fileOf(world, path)), { recursive: true });
  writeFileSync(fileOf(world, path), text);
}

function requireDelivery({ delivery }: ServedWorld) {
  if (delivery === null) throw new Error("a world with places delivers");
  return delivery;
}

test("files are delivered before their label is used, change, and go; others stay", async () => {
  const world = await serve();
  const plan = await world.plan(wanting("alpha"));
  expect(plan.steps.map(({ kind, after }) => [kind, after.length])).toEqual([
    ["flyte_clusters", 0],
    ["execution_cluster_label", 1],
  ]);
  expect((await world.apply(plan)).status).toBe("applied");
  expect((await world.plan(wanting("alpha"))).steps).toEqual([]);
  edit(world, "not ours\n", "flyte/notes.txt");
  await world.converge(wanting("beta"));
  expect(textOf(world)).toContain("beta.example.com");
  expect(existsSync(fileOf(world, "flyte/alpha-token.yaml"))).toBe(false);
  await world.converge(desiredPlaces({ rows: groupRows([desiredLabel("team1", "beta")]) }));
  expect(existsSync(fileOf(world))).toBe(false);
  expect(textOf(world, "flyte/notes.txt")).toBe("not ours\n");
});

test("files that change hands are never removed, and the next plan is empty", async () => {
  const world = await serve();
  const [first, second] = [
    desiredFlyteClusters("alpha", "one", "shared"),
    desiredFlyteClusters("alpha", "two", "shared"),
  ];
  await world.converge(desiredPlaces({ flyte_clusters: [first] }));
  const next = desiredPlaces({ flyte_clusters: [second] });
  const plan = await world.plan(next);
  expect(plan.steps.map(({ id }) => id)).toEqual(["flyte_clusters.two/update"]);
  expect((await world.apply(plan, { parallelism: 1 })).status).toBe("applied");
  expect(textOf(world, "shared/values-override.yaml")).toContain("flyte_clusters.two");
  expect((await world.plan(next)).changes).toEqual([]);
});

test("a delivery that fails keeps the label from being used", async () => {
  const world = await serve();
  const delivery = {
    ...requireDelivery(world),
    deliver: async () => {
      throw new OperationalError("delivery_refused", "the disk is full", { next: "stop" });
    },
  };
  const report = await world.apply(await world.plan(wanting("alpha")), { delivery });
  expect(report.steps).toMatchObject([{ status: "failed", code: "delivery_refused" }, { status: "skipped" }]);
  expect(await world.flyteadmin?.reader.listRows("execution_cluster_label")).toEqual([]);
  await world.converge(wanting("alpha"));
});

test("a file that was edited after the plan is not overwritten; one that the plan shows is", async () => {
  const world = await serve();
  await world.converge(wanting("alpha"));
  const early = await world.plan(wanting("beta"));
  edit(world, "by: hand\n");
  const report = await world.apply(early);
  expect(report.steps.find(({ kind }) => kind === "flyte_clusters")).toMatchObject({ code: "delivery_changed" });
  expect(textOf(world)).toBe("by: hand\n");
  const plan = await world.plan(wanting("alpha"));
  expect(plan.changes).toMatchObject([{ origin: "drift", before: { files: { [VALUES]: "by: hand\n" } } }]);
  expect((await world.apply(plan)).status).toBe("applied");
  expect(textOf(world)).toContain("alpha.example.com");
});

test("a token that someone wrote into a file is neither shown nor in the way", async () => {
  const world = await serve();
  await world.converge(wanting("alpha"));
  const path = "flyte/cluster-credentials.yaml";
  const token = "ZXlKaGJHY2lPaUpTVXpJMU5pSXNJbXRwWkNJNklpSjkuZXlKcGMzTWlPaUpyZFdKbGNtNWxkR1Z6SW4w";
  edit(world, `kind: Secret\napiVersion: v1\nstringData:\n  alpha_token: ${token}\n`, path);
  const plan = await world.plan(wanting("alpha"));
  expect(plan.steps).toHaveLength(1);
  expect(JSON.stringify(plan)).not.toContain(token);
  expect((await world.apply(plan)).status).toBe("applied");
  expect(textOf(world, path)).not.toContain(token);
});

test("a delivery that stopped half-way is finished by the next run", async () => {
  const world = await serve();
  const whole = requireDelivery(world);
  const plan = await world.plan(wanting("alpha"));
  const delivery = {
    ...whole,
    deliver: async (delivered: Parameters<typeof whole.deliver>[0]) => {
      await whole.deliver({ ...delivered, files: delivered.files.slice(0, 2) });
      throw new Error("killed");
    },
  };
  await expect(world.apply(plan, { delivery })).rejects.toThrow("killed");
  await world.converge(wanting("alpha"));
  expect((await world.plan(wanting("alpha"))).changes).toEqual([]);
});

test("a delivery whose answer got lost is settled by reading", async () => {
  const world = await serve();
  const whole = requireDelivery(world);
  const delivery = {
    ...whole,
    deliver: async (delivered: Parameters<typeof whole.deliver>[0]) => {
      await whole.deliver(delivered);
      throw new OperationalError("unavailable", "cut", { next: "retry", outcomeUnknown: true });
    },
  };
  expect((await world.apply(await world.plan(wanting("alpha")), { delivery })).status).toBe("applied");
});

test("clusters under another name get their files there, and the old ones go", async () => {
  const world = await serve();
  await world.converge(wanting("alpha"));
  const [first] = wanting("alpha").flyte_clusters;
  if (first === undefined) throw new Error("it wants one");
  const files = first.files.map(({ path, text }) => ({ path: path.replace("flyte/", "main/"), text }));
  const renamed = { ...first, address: "flyte_clusters.main" as const, name: "main", previously: "flyte", files };
  const next = { ...wanting("alpha"), flyte_clusters: [renamed] };
  await world.converge(next);
  expect([existsSync(fileOf(world)), existsSync(fileOf(world, "main/values-override.yaml"))]).toEqual([false, true]);
  expect((await world.plan(next)).changes).toEqual([]);
});

test("a cluster that leaves while executions are on it is told before, with them; nothing is asked where none leaves", async () => {
  const world = await serve();
  await world.converge(wanting("alpha"));
  const run = async (name: string, cluster: string, phase: string) =>
    world.post("/mutate", { op: "create", kind: "execution", name, object: { cluster, phase } });
  await run("team1/development/a1", "alpha", "RUNNING");
  await run("project1/staging/a2", "alpha", "QUEUED");
  await run("team1/development/a3", "alpha", "SUCCEEDED");
  await run("team1/development/b1", "other", "RUNNING");
  const workOf = async (label: string) =>
    (await world.plan(wanting(label))).checks.find(({ name }) => name === "in-flight");
  expect(await workOf("beta")).toMatchObject({
    status: "warn",
    message: expect.stringContaining("executions still run on it: project1:staging:a2, team1:development:a1."),
  });
  await world.fault({ method: "ListExecutions", code: "permission_denied", count: 100 });
  expect((await workOf("beta"))?.message).toContain(
    "It is unknown whether executions run on alpha, which leaves Flyte's clusters",
  );
  expect(await workOf("alpha")).toMatchObject({ status: "pass" });
});

/** Applies with a store that fails once files are delivered, which leaves what a run does that is killed then. */
async function applyUnrecorded(world: ServedWorld, desired: Desired): Promise<void> {
  const memory = await world.openMemory();
  const fail = async () => {
    throw new OperationalError("store_unreachable", "The store does not answer.", { next: "retry" });
  };
  const ledger = { ...(await writable(await memory.openForWriting())), recordOwned: fail, recordAllOwned: fail };
  expect((await world.apply(await world.plan(desired), { ledger })).status).toBe("failed");
  await memory.close();
}

const ROWS = { rows: groupRows([desiredLabel("team1", "alpha")]) };
const at = (path: string) => desiredPlaces({ ...ROWS, flyte_clusters: [desiredFlyteClusters("alpha", "flyte", path)] });

describe.each([
  ["made", []],
  ["put elsewhere", ["first"]],
])("files that a run has %s and could not record", (_how, past) => {
  async function openUnrecorded() {
    const world = await serve();
    for (const path of past) await world.converge(at(path));
    await applyUnrecorded(world, at("second"));
    expect(existsSync(fileOf(world, "second/values-override.yaml"))).toBe(true);
    return world;
  }
  const isThere = (world: ServedWorld) => existsSync(fileOf(world, "second/values-override.yaml"));

  test("go with their manifest", async () => {
    const world = await openUnrecorded();
    await world.converge(desiredPlaces(ROWS));
    expect(isThere(world)).toBe(false);
    expect((await world.plan(desiredPlaces(ROWS))).steps).toEqual([]);
  });

  test("go where the manifest wants them elsewhere by then", async () => {
    const world = await openUnrecorded();
    await world.converge(at("third"));
    expect([isThere(world), existsSync(fileOf(world, "third/values-override.yaml"))]).toEqual([false, true]);
  });
});

test("files that a run has made and could not record are told as left behind where nothing is pruned", async () => {
  const world = await serve();
  await applyUnrecorded(world, at("second"));
  const { notices } = await world.plan(desiredPlaces(ROWS), { prune: "none" });
  const left = notices.filter(({ code }) => code === "left-behind").map(({ message }) => message);
  expect(left).toEqual([
    expect.stringMatching(/^flyte_clusters\.flyte \(flyte at the place of delivery\) was written by/),
  ]);
});
