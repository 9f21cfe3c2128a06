import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Blame } from "../../src/model/ledger/blame.ts";
import type { ChangeEntry, RunWrites } from "../../src/model/ledger/change-log.ts";
import type { AuditEntry } from "../../src/model/passes/audit-entry.ts";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { MOVE, pool, queue } from "./manifests.ts";
import { openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** For each field what decided it, or where else it comes from; and what is live instead. */
async function blame({ url }: RunningDaemon, address: string) {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const response = await fetch(`${url}/api/v1/targets/prod/blame?address=${address}`, { headers });
  const { fields } = (await response.json()) as Blame;
  return Object.fromEntries(
    fields.map(({ path, source, ...rest }) => {
      const from = source.kind === "written" ? `${source.entry.decided_by} ${source.entry.revision}` : source.kind;
      return [path, "live" in rest ? [from, rest.live] : from];
    }),
  );
}

async function readChanges({ url }: RunningDaemon, query = ""): Promise<readonly ChangeEntry[]> {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const response = await fetch(`${url}/api/v1/targets/prod/changes${query}`, { headers });
  expect(response.status).toBe(200);
  return ((await response.json()) as { readonly entries: readonly ChangeEntry[] }).entries;
}

test("each write of a daemon is told with what decided it: the policy, an approval, and that it was set back", async () => {
  const { first, ...world } = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(first);
  const pushed = await daemon.push(MOVE);
  await daemon.untilState("AwaitingApproval", pushed);
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(pushed);
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  await daemon.reconciled();
  await daemon.until(() => world.served.model.state.queue.rows.get("any")?.spec.run_concurrency === 1);
  await daemon.untilState("Synced");
  const [back, created, ...rest] = await readChanges(daemon, "?address=queue.any");
  expect(rest).toEqual([]);
  expect(created).toMatchObject({ op: "create", decided_by: "auto_apply", by: "poolkeeper", revision: first });
  expect(back).toMatchObject({ decided_by: "drift", before: { run_concurrency: 9 }, after: { run_concurrency: 1 } });
  const moves = (await readChanges(daemon, "?address=cluster.c1")).filter(({ revision }) => revision === pushed);
  expect(new Set(moves.map(({ decided_by, by }) => `${decided_by} ${by}`))).toEqual(new Set(["approval approve"]));
  expect(moves.find(({ op }) => op === "move")).toMatchObject({ before: { pool: "pa" }, after: { pool: "pb" } });
  const passes = (await daemon.target()).passes.map(({ id }) => id);
  const all = await readChanges(daemon);
  for (const { run_id } of all) expect(passes).toContain(run_id);
  expect(await readChanges(daemon, "?since=0")).toEqual(all.toReversed());
});

test("each field is told with the commit that it comes from, and where the last look found another value", async () => {
  const { first, ...world } = await openDaemonWorld();
  const daemon = await world.start({ drift: { action: "report" } });
  await daemon.untilApplied(first);
  const pushed = await daemon.push({ "queues/any.yaml": queue("any", 7) });
  await daemon.untilApplied(pushed);
  const made = `auto_apply ${first}`;
  expect(await blame(daemon, "queue.any")).toMatchObject({
    ...{ run_concurrency: `auto_apply ${pushed}`, action_concurrency: made, depth: made },
  });
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "depth", value: 9 });
  await daemon.reconciled();
  await daemon.untilState("OutOfSync");
  expect(await blame(daemon, "queue.any")).toMatchObject({
    ...{ run_concurrency: `auto_apply ${pushed}`, action_concurrency: made, depth: [made, 9] },
  });
  const missing = await fetch(`${daemon.url}/api/v1/targets/prod/blame?address=queue.none`, {
    headers: { authorization: `Bearer ${TOKENS.read}` },
  });
  expect(missing.status).toBe(404);
});

test("history and audit have each pass that wrote, whatever made it, and what commands applied", async () => {
  const { first, ...world } = await openDaemonWorld();
  // Nothing but the test asks for a pass, so that none has the lease when the command wants it.
  const daemon = await world.start({ repository: { poll: "24h" } });
  const read = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${daemon.url}/api/v1${path}`, {
      headers: { authorization: `Bearer ${TOKENS.read}` },
    });
    return (await response.json()) as T;
  };
  const readRuns = async () => (await read<{ readonly runs: readonly RunWrites[] }>("/targets/prod/runs")).runs;
  const runsOf = (name: string) => world.served.model.state.queue.rows.get(name)?.spec.run_concurrency;
  await daemon.untilApplied(first);

  // A push of which a part is harmless, and the rest waits for an approval.
  const pushed = await daemon.push({ ...MOVE, "queues/any.yaml": queue("any", 7) });
  await daemon.untilState("AwaitingApproval", pushed);
  const [harmless] = await readRuns();
  expect(harmless).toMatchObject({ decided_by: "auto_apply", revision: pushed, objects: ["queue.any"], writes: 1 });

  // Back to an earlier revision, and following the branch again.
  await daemon.send("/targets/prod/reconcile", { revision: first });
  await daemon.until(() => runsOf("any") === 1);
  await daemon.send("/targets/prod/reconcile", { revision: "" });
  await daemon.until(() => runsOf("any") === 7);
  await daemon.untilState("AwaitingApproval", pushed);
  const [followed, back] = await readRuns();
  expect([followed, back]).toMatchObject([
    { revision: pushed, objects: ["queue.any"] },
    { revision: first, objects: ["queue.any"] },
  ]);

  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  await daemon.reconciled();
  await daemon.until(() => runsOf("any") === 7);
  await daemon.untilState("AwaitingApproval", pushed);
  const [reverted] = await readRuns();
  expect(reverted).toMatchObject({ decided_by: "drift", objects: ["queue.any"] });

  const folder = join(world.folder, "by-hand");
  mkdirSync(join(folder, "pools"), { recursive: true });
  writeFileSync(join(folder, "pools", "extra.yaml"), pool("extra"));
  const flags = ["--auto-approve", "--prune", "none", "--store", "data"];
  const env = { ...homeIn(world.folder), POOLKEEPER_ENDPOINT: world.served.url, POOLKEEPER_ORG: "acme" };
  const applied = await runInProcess(["apply", folder, ...flags], env, world.folder);
  expect(applied.code, applied.stderr).toBe(0);

  const runs = await readRuns();
  expect(runs[0]).toMatchObject({ decided_by: "command", via: "cli", target: null, objects: ["cluster_pool.extra"] });
  const { entries } = await read<{ readonly entries: readonly AuditEntry[] }>("/audit?target=prod");
  const written = entries.filter(({ action }) => action === "write");
  expect(written.map(({ details }) => details.run_id)).toEqual(runs.map(({ run_id }) => run_id));
  const passes = new Set((await daemon.target()).passes.map(({ id }) => id));
  expect(runs.filter(({ via, run_id }) => via === "daemon" && !passes.has(run_id))).toEqual([]);
  expect(written.map(({ who, details }) => [who, details.decided_by])).toContainEqual(["poolkeeper", "drift"]);
});
