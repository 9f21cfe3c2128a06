import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import {
  applyPlan,
  computePlan,
  formatPlan,
  openTarget,
  type Plan,
  readFolder,
  readLive,
  resolveDesired,
  startControlPlane,
  startDaemon,
  type Target,
} from "../../src/index.ts";
import { openStore } from "../../src/store/open-store.ts";

let folder: string;
let open: AsyncDisposableStack;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "poolkeeper-library-"));
  open = new AsyncDisposableStack();
});

afterEach(async () => {
  await open.disposeAsync();
  rmSync(folder, { recursive: true, force: true });
});

async function openOwn(): Promise<{ readonly url: string; readonly target: Target }> {
  const { url } = open.use(await startControlPlane({ org: "acme" }));
  const store = join(folder, "store");
  return { url, target: open.use(await openTarget({ endpoint: url, org: "acme", store })) };
}

async function wantPool(name: string, text = "") {
  const manifests = join(folder, "manifests");
  mkdirSync(join(manifests, "pools"), { recursive: true });
  writeFileSync(
    join(manifests, "pools", `${name}.yaml`),
    `kind: ClusterPool\nname: ${name}\nconfig:\n  object_store_ref: { uri: "s3://${name}" }\n  secret_store: { type: KUBERNETES, locator: s }\n${text}`,
  );
  const { desired, diagnostics } = resolveDesired(await readFolder(manifests), { org: "acme" });
  if (desired === null) throw new Error(JSON.stringify(diagnostics));
  return desired;
}

test("of a folder with an error, nothing is desired", async () => {
  writeFileSync(join(folder, "queue.yaml"), "kind: Queue\nname: q\ncolour: red\n");
  const { desired, diagnostics } = resolveDesired(await readFolder(folder), { org: "acme" });
  expect(desired).toBeNull();
  expect(diagnostics).toContainEqual(expect.objectContaining({ severity: "error", file: "queue.yaml", line: 3 }));
});

test("what is applied is owned: taken out of the folder, it is pruned", async () => {
  const { target } = await openOwn();
  const first = await readLive(target, await wantPool("one"));
  await applyPlan(await computePlan(first), first);
  rmSync(join(folder, "manifests", "pools", "one.yaml"));
  const second = await readLive(target, await wantPool("two"));
  const plan = await computePlan(second);
  expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([
    ["cluster_pool.one", "delete"],
    ["cluster_pool.two", "create"],
  ]);
  expect((await applyPlan(JSON.parse(JSON.stringify(plan)), second)).status).toBe("applied");
  const { state } = await readLive(target, await wantPool("two"));
  expect(state.pools.filter(({ deleted }) => !deleted).map(({ name }) => name)).toEqual(["default", "two"]);
});

test("what a manifest calls sensitive stays so, even where nothing is to be applied", async () => {
  const { target } = await openOwn();
  const plan = async (text: string) => {
    const files = join(folder, "manifests", "settings");
    mkdirSync(files, { recursive: true });
    writeFileSync(join(files, "org.yaml"), text);
    const live = await readLive(target, await wantPool("one"));
    const plan = await computePlan(live);
    return { plan, apply: () => applyPlan(plan, live) };
  };
  const settings = (annotations: string) => `settings: { annotations: { ${annotations} } }\n`;
  await (await plan(settings("team: ml"))).apply();
  const marked = await plan(`sensitive: [annotations.later]\n${settings("team: ml")}`);
  expect(marked.plan.changes).toEqual([]);
  await marked.apply();
  const { plan: shown } = await plan(settings("team: ml, later: canary"));
  expect(shown.changes.map(({ address }) => address)).toEqual(["settings.acme"]);
  expect(`${JSON.stringify(shown)}${formatPlan(shown)}`).not.toContain("canary");
});

test("what is applied is in the change log as the library's, and not as a command's", async () => {
  const { target } = await openOwn();
  const live = await readLive(target, await wantPool("one"));
  await applyPlan(await computePlan(live), live);
  const { org, endpoint } = target;
  const store = await openStore(join(folder, "store"), { org, endpoint, flyteadmin: null, delivery: null });
  open.defer(store.close);
  const entries = await store.readChanges({ limit: 5, order: "newest", patterns: [] });
  expect(entries.map(({ address, via, decided_by }) => [address, via, decided_by])).toEqual([
    ["cluster_pool.one", "library", "command"],
  ]);
});

test("a plan of what has changed since is refused, and nothing is written", async () => {
  const { target } = await openOwn();
  const before = await readLive(target, await wantPool("one"));
  const plan = await computePlan(before);
  await applyPlan(plan, before);
  await expect(applyPlan(plan, before)).rejects.toMatchObject({ code: "stale_plan" });
});

/** A plan of a new pool, and the same request with all that is nobody's own deleted: a neighbour's pool. */
async function planBesideNeighbour() {
  const { url, target } = await openOwn();
  const neighbour = open.use(await openTarget({ endpoint: url, org: "acme", store: join(folder, "theirs") }));
  const theirs = await readLive(neighbour, await wantPool("theirs"));
  await applyPlan(await computePlan(theirs), theirs);
  rmSync(join(folder, "manifests", "pools", "theirs.yaml"));
  const live = await readLive(target, await wantPool("one"));
  return { target, live, plan: await computePlan(live), other: await computePlan(live, { prune: "all" }) };
}

test("a plan whose text somebody has changed is refused, whatever of it: what it shows is what is applied", async () => {
  const { target, live, plan, other } = await planBesideNeighbour();
  const { target: _own, format_version: _format, revision: _revision, unmanaged: _aside, ...parts } = other;
  const differing = Object.entries(parts).filter(
    ([part, value]) => JSON.stringify(value) !== JSON.stringify(plan[part as keyof Plan]),
  );
  expect(differing.map(([part]) => part)).toEqual(expect.arrayContaining(["options", "changes", "steps", "digest"]));
  const forged = [
    { ...plan, options: other.options, digest: other.digest },
    { ...plan, options: other.options, digest: other.digest, live_digest: other.live_digest, reads: other.reads },
    ...differing.flatMap(([part, value]) => [
      { ...plan, [part]: value },
      { ...other, [part]: plan[part as keyof Plan] },
    ]),
  ];
  for (const one of forged) {
    const text = JSON.stringify({ ...one, applyable: true });
    await expect(applyPlan(JSON.parse(text), live), text).rejects.toMatchObject({ code: "stale_plan" });
  }
  const { state } = await readLive(target, await wantPool("one"));
  expect(state.pools.filter(({ deleted }) => !deleted).map(({ name }) => name)).toEqual(["default", "theirs"]);
  expect((await applyPlan(JSON.parse(JSON.stringify(plan)), live)).status).toBe("applied");
});

test("a plan that interrupts work is refused where its text says nothing of that work", async () => {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  open.defer(served.close);
  const target = open.use(await openTarget({ endpoint: served.url, org: "acme", store: join(folder, "store") }));
  await wantPool("one");
  const manifests = join(folder, "manifests");
  const write = (file: string, text: string) => {
    mkdirSync(join(manifests, file, ".."), { recursive: true });
    writeFileSync(join(manifests, file), text);
  };
  write("clusters/c1.yaml", "kind: Cluster\nname: c1\npool: one\n");
  const limits = "run_concurrency: 1\naction_concurrency: 1\n";
  write("queues/any.yaml", `kind: Queue\nname: any\ncluster_pool: one\nclusters: ["*"]\n${limits}`);
  const first = await readLive(target, await wantPool("one"));
  expect((await applyPlan(await computePlan(first), first, { waitMs: 60_000 })).status).toBe("applied");
  const body = JSON.stringify({ queue: "any", cluster: "c1", runs: 2 });
  await fetch(`${served.adminUrl}/inflight`, { method: "POST", body });
  rmSync(join(manifests, "queues", "any.yaml"));
  const live = await readLive(target, await wantPool("one"));
  const plan = await computePlan(live, { allow: ["in-flight", "max-disruption-share", "empty-set"] });
  expect(plan.checks.find(({ name }) => name === "in-flight")).toMatchObject({ status: "warn" });
  const calm = plan.checks.map((check) =>
    check.name === "in-flight" ? { name: check.name, status: "pass", message: "", addresses: [] } : check,
  );
  const refused = applyPlan(JSON.parse(JSON.stringify({ ...plan, checks: calm })), live);
  await expect(refused).rejects.toMatchObject({ code: "stale_plan" });
  const { steps } = await applyPlan(JSON.parse(JSON.stringify(plan)), live);
  expect(steps.map(({ op }) => op)).toEqual(["delete"]);
});

test("a plan without steps claims nothing that is not planned", async () => {
  const { target } = await openOwn();
  const first = await readLive(target, await wantPool("one"));
  const plan = await computePlan(first);
  await applyPlan(plan, first);
  const live = await readLive(target, await wantPool("one"));
  const empty = await computePlan(live);
  expect(empty.steps).toEqual([]);
  const forged = { ...empty, ownership: { ...empty.ownership, release: ["cluster_pool.one"] } };
  await expect(applyPlan(JSON.parse(JSON.stringify(forged)), live)).rejects.toMatchObject({ code: "stale_plan" });
  expect((await applyPlan(JSON.parse(JSON.stringify(empty)), live)).status).toBe("applied");
});

test("a plan that a check blocks is refused, with the check's name", async () => {
  const { target } = await openOwn();
  const first = await readLive(target, await wantPool("one", "lifecycle: { prevent_destroy: true }\n"));
  await applyPlan(await computePlan(first), first);
  rmSync(join(folder, "manifests", "pools", "one.yaml"));
  const live = await readLive(target, await wantPool("two"));
  const plan = await computePlan(live);
  expect(plan.applyable).toBe(false);
  await expect(applyPlan(plan, live)).rejects.toMatchObject({ code: "plan_blocked" });
});

test("a daemon is started from its configuration's file, logs to where it is asked to, and stops", async () => {
  const { url } = await openOwn();
  const manifests = join(folder, "manifests");
  await wantPool("one");
  const config = join(folder, "poolkeeper.yaml");
  const targets = `targets:\n  - name: acme\n    folder: { path: ${manifests} }\n    control_plane: { endpoint: ${url}, org: acme }\n`;
  writeFileSync(config, `store: { directory: ${join(folder, "daemon")} }\nhttp: { listen: "127.0.0.1:0" }\n${targets}`);
  const lines: string[] = [];
  const daemon = await startDaemon({ config, log: { write: (line) => lines.push(line) } });
  open.defer(daemon.stop);
  expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
  await daemon.reload();
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) });
});

test("a daemon's configuration with an error is refused, with its line", async () => {
  const config = join(folder, "poolkeeper.yaml");
  writeFileSync(config, "targets: []\ncolour: red\n");
  await expect(startDaemon({ config })).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringContaining("poolkeeper.yaml:2"),
  });
});
