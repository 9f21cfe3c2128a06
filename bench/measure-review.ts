import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { dump } from "js-yaml";
import type { TargetDetail } from "../src/model/daemon/daemon-service.ts";
import type { ForgeServer } from "../test/pull-requests/forge/forge-server.ts";
import { startGithubServer } from "../test/pull-requests/forge/github-server.ts";
import { createGitRepository, type GitRepository } from "../test/set-up/create-git-repository.ts";
import { buildWorld } from "./build-world.ts";
import type { Figure } from "./figure.ts";
import { layOutRepository } from "./lay-out-repository.ts";
import { withServer } from "./run-child.ts";
import { createDaemonProcess, type DaemonProcess } from "./soak/daemon-process.ts";

/** What is measured of reviews. */
export interface ReviewBenchOptions {
  /** Objects of the target. */
  readonly size: number;
  /** Pushes to one request. */
  readonly pushes: number;
  /** Open requests of a poll. */
  readonly requests: number;
  /** So long without a call of the forge and without a pass, nothing more is said; in milliseconds. */
  readonly quietMs: number;
}

/** A daemon, a forge beside its repository, and a target that is applied. */
interface Desk {
  readonly daemon: DaemonProcess;
  readonly forge: ForgeServer;
  readonly repository: GitRepository;
  readonly size: number;
  readonly quietMs: number;
}

const SECRET = "bench-secret-of-the-webhook";
const TOKEN = "bench-token-of-the-operator";

/** From the push of a request's head until the forge has its comment; and how often the forge is called for that, and for polls. */
export async function measureReview(folder: string, options: ReviewBenchOptions): Promise<readonly Figure[]> {
  const { size, pushes, requests, quietMs } = options;
  const forge = await startGithubServer();
  const url = layOutRepository(folder, size);
  try {
    return await withServer(size, async (endpoint) => {
      const daemon = startOn(folder, { url, endpoint, forge });
      const desk: Desk = { daemon, forge, repository: createGitRepository(folder), size, quietMs };
      try {
        await daemon.ensure();
        await untilSynced(daemon);
        return [...(await measurePushes(desk, pushes)), ...(await measurePolls(desk, requests))];
      } finally {
        daemon.kill();
        await daemon.ended();
      }
    });
  } finally {
    await forge.close();
  }
}

/** Pushes to one request, the one that opens it left out. */
async function measurePushes(desk: Desk, pushes: number): Promise<readonly Figure[]> {
  await openRequest(desk, 1);
  await untilQuiet(desk);
  const figures: Figure[] = [];
  for (let turn = 0; turn < pushes; turn += 1) {
    figures.push(
      await measureRound(desk, "daemon: from a push to a request until its comment is there", async () => {
        const sha = pushChange(desk, 1, 2 + turn);
        desk.forge.changeRequest(1, { sha });
        await deliver(desk, { kind: "request", number: 1, action: "pushed" });
        return () => isSaid(desk, 1, sha);
      }),
    );
  }
  const sorted = figures.toSorted((left, right) => left.wall_ms - right.wall_ms);
  const most = Math.max(...figures.map(({ calls = 0 }) => calls));
  return [
    [0.5, "p50"],
    [0.95, "p95"],
  ].flatMap(([share, name]) => {
    const figure = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * Number(share)))];
    return figure === undefined ? [] : [{ ...figure, name: `${figure.name}, ${name}`, calls: most }];
  });
}

/** Polls with many open requests: one in which nothing changed, and one after a push to their base. */
async function measurePolls(desk: Desk, requests: number): Promise<readonly Figure[]> {
  for (let number = 2; number <= requests; number += 1) await openRequest(desk, number);
  await untilQuiet(desk);
  // Comments that were just written count as news once more.
  await poll(desk);
  await untilQuiet(desk);
  const idle = await measureRound(desk, `daemon: a poll with ${requests} open requests`, async () => {
    const before = desk.forge.calls().length;
    await poll(desk);
    return () => desk.forge.calls().length > before;
  });
  const moved = await measureRound(desk, `daemon: a push to the base of ${requests} open requests`, async () => {
    const base = desk.repository.push({ "README.md": "# Pools\n" }, { branch: "main", from: "main" });
    await deliver(desk, { kind: "push", branch: "main", sha: base });
    return () => desk.forge.requests().every(({ number }) => isSaid(desk, number, base));
  });
  return [idle, moved];
}

/** What `begin` sets off: the time until what it gives back is so, and all calls of the forge until it is quiet again. */
async function measureRound(desk: Desk, name: string, begin: () => Promise<() => boolean>): Promise<Figure> {
  const { daemon, forge, size } = desk;
  const used = await daemon.usage();
  const before = forge.calls().length;
  const started = performance.now();
  const isDone = await begin();
  while (!isDone()) await delay(5);
  const wall_ms = performance.now() - started;
  await untilQuiet(desk);
  const { cpu_ms, rss } = await daemon.usage();
  const calls = forge.calls().length - before;
  return { name, size, wall_ms, cpu_ms: cpu_ms - used.cpu_ms, peak_mb: rss / 1e6, per_second: null, calls };
}

async function openRequest(desk: Desk, number: number): Promise<void> {
  const sha = pushChange(desk, number, 1);
  const branch = `change-${number}`;
  desk.forge.openRequest({ title: branch, author: "mona", branch, base: "main", sha });
  await deliver(desk, { kind: "request", number, action: "opened" });
  while (!isSaid(desk, number, sha)) await delay(5);
}

/** A change of one queue, each request of its own, on the request's branch. */
function pushChange({ repository, size }: Desk, number: number, turn: number): string {
  const { queues } = buildWorld(size);
  const path = `queues/${queues[number % queues.length]?.name}.yaml`;
  const branch = `change-${number}`;
  const text = repository.ask("show", `main:${path}`).replace(/^depth: .*$/m, `depth: ${20_000 + turn}`);
  const sha = repository.push({ [path]: `${text}\n` }, { branch, ...(turn === 1 ? { from: "main" } : {}) });
  repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  return sha;
}

function isSaid({ forge }: Desk, number: number, sha: string): boolean {
  return forge.comments(number).some(({ body }) => body.includes(sha.slice(0, 12)));
}

async function deliver({ daemon, forge }: Desk, event: Parameters<ForgeServer["deliver"]>[2]): Promise<void> {
  await forge.deliver(`${daemon.url()}/webhooks/bench`, SECRET, event);
}

/** What a poll does, without waiting for its time: a webhook has requests looked at before the pass as well. */
async function poll({ daemon }: Desk): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const url = `${daemon.url()}/api/v1/targets/bench/reconcile`;
  await (await fetch(url, { method: "POST", headers, body: "{}" })).body?.cancel();
}

async function untilQuiet({ daemon, forge, quietMs }: Desk): Promise<void> {
  let seen = -1;
  while (seen !== forge.calls().length || (await readTarget(daemon)).running !== null) {
    seen = forge.calls().length;
    await delay(quietMs);
  }
}

async function readTarget(daemon: DaemonProcess): Promise<TargetDetail> {
  const answer = await fetch(`${daemon.url()}/api/v1/targets/bench`);
  return (await answer.json()) as TargetDetail;
}

async function untilSynced(daemon: DaemonProcess): Promise<void> {
  while ((await readTarget(daemon)).status.state !== "Synced") await delay(50);
}

const OPERATOR = { name: "bench", role: "operate", secret: { env: "BENCH_TOKEN" } };

function startOn(
  folder: string,
  given: { readonly url: string; readonly endpoint: string; readonly forge: ForgeServer },
): DaemonProcess {
  const { url, endpoint, forge } = given;
  const repository = {
    ...{ url, poll: "1h", jitter: "0s", webhook: { forge: forge.kind, secret: { env: "WEBHOOK_SECRET" } } },
    pull_requests: { forge: forge.kind, url: forge.url, repository: forge.repository, token: { env: "FORGE_TOKEN" } },
  };
  const config = join(folder, "poolkeeper.yaml");
  writeFileSync(
    config,
    dump({
      targets: [{ name: "bench", repository, control_plane: { endpoint, org: "acme" } }],
      drift: { schedule: null, action: "report" },
      store: { directory: join(folder, "store") },
      http: { listen: "127.0.0.1:0", requests_per_minute: 1_000_000, read: "open", tokens: [OPERATOR] },
    }),
  );
  const env = { HOME: folder, WEBHOOK_SECRET: SECRET, FORGE_TOKEN: forge.token, BENCH_TOKEN: TOKEN };
  return createDaemonProcess({ config, env, log: join(folder, "daemon.log") });
}
