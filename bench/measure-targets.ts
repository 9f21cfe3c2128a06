import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { dump } from "js-yaml";
import type { TargetOverview } from "../src/model/daemon/daemon-service.ts";
import type { Figure } from "./figure.ts";
import { layOutRepository } from "./lay-out-repository.ts";
import { createDaemonProcess, type DaemonProcess, type Usage } from "./soak/daemon-process.ts";

/** Objects of each target. */
const OBJECTS = 20;
const ROUNDS = 3;

/** Many targets on one daemon: until all of them are as their manifests say, and then rounds in which each is asked for a pass. */
export async function measureTargets(folder: string, count: number): Promise<readonly Figure[]> {
  const args = [join(import.meta.dirname, "serve-organizations.ts"), String(count), String(OBJECTS)];
  const server = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(server, "close");
  const [line] = await once(createInterface(server.stdout), "line");
  const daemon = startOn(folder, JSON.parse(String(line)));
  try {
    const started = performance.now();
    await daemon.ensure();
    await untilEach(daemon, ({ status }) => status.state === "Synced");
    const figures = [
      describe(`daemon: ${count} targets, from start until all are synced`, started, await daemon.usage(), 0),
    ];
    for (let round = 0; round < ROUNDS; round += 1) figures.push(await measureRound(daemon, count));
    return figures;
  } finally {
    daemon.kill();
    await daemon.ended();
    server.stdin.end();
    await ended;
  }
}

async function measureRound(daemon: DaemonProcess, count: number): Promise<Figure> {
  const before = new Map((await list(daemon)).map(({ target, last_pass }) => [target, last_pass?.id]));
  const used = await daemon.usage();
  const started = performance.now();
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  for (const target of before.keys()) {
    const url = `${daemon.url()}/api/v1/targets/${target}/reconcile`;
    await (await fetch(url, { method: "POST", headers, body: "{}" })).body?.cancel();
  }
  await untilEach(daemon, ({ target, last_pass }) => last_pass?.id !== before.get(target));
  return describe(`daemon: ${count} targets, a pass over each`, started, await daemon.usage(), used.cpu_ms);
}

function describe(name: string, started: number, usage: Usage, cpuBefore: number): Figure {
  const wall_ms = performance.now() - started;
  return { name, size: OBJECTS, wall_ms, cpu_ms: usage.cpu_ms - cpuBefore, peak_mb: usage.rss / 1e6, per_second: null };
}

async function untilEach(daemon: DaemonProcess, is: (target: TargetOverview) => boolean): Promise<void> {
  while (!(await list(daemon)).every((target) => is(target))) await delay(50);
}

async function list(daemon: DaemonProcess): Promise<readonly TargetOverview[]> {
  const answer = (await (await fetch(`${daemon.url()}/api/v1/targets`)).json()) as {
    targets: readonly TargetOverview[];
  };
  return answer.targets;
}

const TOKEN = "bench-token-of-the-operator";

function startOn(folder: string, urls: readonly string[]): DaemonProcess {
  const names = urls.map((_url, index) => `target-${index}`);
  const url = layOutRepository(folder, OBJECTS, names);
  const config = join(folder, "poolkeeper.yaml");
  const targets = urls.map((endpoint, index) => ({
    name: names[index],
    repository: { url, path: names[index], poll: "1h", jitter: "0s" },
    control_plane: { endpoint, org: "acme" },
  }));
  const tokens = [{ name: "bench", role: "operate", secret: { env: "BENCH_TOKEN" } }];
  const http = { listen: "127.0.0.1:0", requests_per_minute: 1_000_000, read: "open", tokens };
  const store = { directory: join(folder, "store") };
  writeFileSync(config, dump({ targets, drift: { schedule: null, action: "report" }, store, http }));
  const env = { HOME: folder, BENCH_TOKEN: TOKEN };
  return createDaemonProcess({ config, env, log: join(folder, "daemon.log") });
}
