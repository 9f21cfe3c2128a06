// A process of its own for tests: node run-replica.ts URL NAME OPTIONS, OPTIONS being JSON. Makes passes and
// notes their begin and end in a table, until it is killed. Each takes `passMs`, or as long as the input is silent.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { createPgBossJobs } from "../../../src/daemon/jobs/create-pg-boss-jobs.ts";
import { openDatabase } from "../../../src/store/open-store.ts";

const [url = "", name = "", text = "{}"] = process.argv.slice(2);
const { passMs, takeOverMs, leaseMs } = JSON.parse(text);
const database = await openDatabase(url);
const pool = new Pool({ connectionString: url, max: 2 });
const note = (target: string, kind: string) =>
  pool.query("insert into event (replica, target, kind) values ($1, $2, $3)", [name, target, kind]);
const go = once(process.stdin, "data");

const onError = (error: unknown) => process.stderr.write(`${name}: ${String(error)}\n`);
/** Notes each refusal. */
const jobLeases: typeof database.jobLeases = (target) => {
  const leases = database.jobLeases(target);
  const acquire: typeof leases.acquire = async (request) => {
    const answer = await leases.acquire(request);
    if (!answer.acquired) await note(target, "held");
    return answer;
  };
  return { ...leases, acquire };
};
const jobs = createPgBossJobs(url, {
  ...{ onError, jobLeases, pollMs: 50, retryMs: 50 },
  ...(takeOverMs ? { takeOverMs } : {}),
  ...(leaseMs ? { leaseMs } : {}),
});
await jobs.start(async (target, signal) => {
  // Before anybody is told that it begins: a process that is stopped right then loses its lease before it goes on.
  signal.addEventListener("abort", () => void note(target, "lost"));
  await note(target, "begin");
  await (passMs === null ? go : sleep(passMs));
  if (!signal.aborted) await note(target, "end");
});
process.stdout.write("ready\n");
