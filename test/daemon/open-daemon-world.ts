import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parseConfig } from "../../src/daemon/config/read-config.ts";
import { readSecret } from "../../src/daemon/config/read-secret.ts";
import { createLog } from "../../src/daemon/logging/create-log.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "../../src/daemon/start-daemon.ts";
import type { Fault } from "../../src/embedded/faults/inject-faults.ts";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { DaemonConfig } from "../../src/model/daemon/daemon-config.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { type MonotonicClock, monotonicClock } from "../../src/store/leases/monotonic-clock.ts";
import { redactKnownSecrets } from "../../src/systems/http/known-secrets.ts";
import { createGitRepository, type GitRepository, type PushOptions } from "../set-up/create-git-repository.ts";
import { type HeldCalls, type HeldFault, holdCalls } from "../set-up/hold-calls.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { deliverPush, HOOK_SECRET } from "./deliver-push.ts";
import { FILES, type Files } from "./manifests.ts";
import { type Talk, TOKENS, talkTo } from "./talk-to-daemon.ts";

/** Any part of a configuration file. */
type Part = Readonly<Record<string, unknown>>;

/** What a test's configuration has in place of the usual. */
export interface Settings {
  readonly policy?: Part;
  readonly drift?: Part;
  readonly repository?: Part;
  readonly control_plane?: Part;
  readonly target?: Part;
  /** Keys of the file as a whole. */
  readonly file?: Part;
}

/** A daemon in this process. */
export interface RunningDaemon extends Talk {
  readonly daemon: Daemon;
  /** Pushes to the repository, and tells the daemon as a forge would; gives the commit. */
  readonly push: (files: Files, options?: PushOptions) => Promise<string>;
}

/** A repository, a control plane, and daemons between them. */
export interface DaemonWorld {
  readonly folder: string;
  readonly served: ServedControlPlane;
  readonly repository: GitRepository;
  /** Variables that the configuration names. */
  readonly env: Record<string, string>;
  /** Lines of the daemons of this process. */
  readonly log: readonly string[];
  readonly post: (path: string, body: object) => Promise<void>;
  readonly fault: (fault: Fault) => Promise<void>;
  readonly clearFaults: () => Promise<void>;
  /** Lets calls wait until the test releases them. */
  readonly hold: (fault: HeldFault) => Promise<HeldCalls>;
  /** Lets a cluster have work in the queue `any`, or have none. */
  readonly setWork: (cluster: string, runs: number) => Promise<void>;
  /** The configuration file's text. */
  readonly describe: (settings?: Settings) => string;
  /** The configuration file with that text. */
  readonly write: (settings?: Settings) => string;
  readonly read: (settings?: Settings, adjust?: (config: DaemonConfig) => DaemonConfig) => DaemonConfig;
  /** A daemon in this process, ended with the test. `adjust` sets what no file may hold. Its passes are measured by the clock. */
  readonly start: (
    settings?: Settings,
    adjust?: (config: DaemonConfig) => DaemonConfig,
    clock?: MonotonicClock,
  ) => Promise<RunningDaemon>;
}

/** Opens a world for the running test, whose repository holds `files`. */
export async function openDaemonWorld(
  files: Files = FILES,
  generation: Generation = "2026-11",
): Promise<DaemonWorld & { readonly first: string }> {
  const folder = makeTemporaryFolder();
  const served = await serveControlPlane({ generation, org: "acme", adminPort: 0 });
  onTestFinished(() => served.close());
  const repository = createGitRepository(folder);
  const first = repository.push(files);
  const env: Record<string, string> = { HOOK_SECRET };
  for (const [role, token] of Object.entries(TOKENS)) env[`TOKEN_${role.toUpperCase()}`] = token;
  const log: string[] = [];
  const ask = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${served.adminUrl}${path}`, { method, body: JSON.stringify(body) ?? null });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  };
  const world: DaemonWorld = {
    ...{ folder, served, repository, env, log },
    post: (path, body) => ask("POST", path, body),
    fault: (fault) => ask("POST", "/faults", fault),
    clearFaults: () => ask("DELETE", "/faults"),
    hold: (fault) => holdCalls(served.adminUrl, fault),
    setWork: (cluster, runs) => ask("POST", "/inflight", { queue: "any", cluster, runs }),
    describe: (settings) => JSON.stringify(describeConfig(world, settings)),
    write: (settings) => {
      const path = join(folder, "poolkeeper.yaml");
      writeFileSync(path, world.describe(settings));
      return path;
    },
    read: (settings, adjust = (config) => config) => {
      const { config, diagnostics } = parseConfig(world.describe(settings), join(folder, "poolkeeper.yaml"), env);
      if (config === null) throw new Error(JSON.stringify(diagnostics));
      return adjust(config);
    },
    start: (settings, adjust, clock = monotonicClock) =>
      startInProcess(world, { config: world.read(settings, adjust), clock }, log),
  };
  return { ...world, first };
}

/** Shorter than a file may set it: for a test that waits for the next poll after each change. */
export function pollOften(config: DaemonConfig): DaemonConfig {
  const targets = config.targets.map((target) => ({ ...target, source: { ...target.source, poll_ms: 500 } }));
  return { ...config, targets };
}

async function startInProcess(
  world: DaemonWorld,
  given: Pick<DaemonOptions, "config" | "clock">,
  log: string[],
): Promise<RunningDaemon> {
  const folder = join(world.folder, "cache");
  mkdirSync(folder, { recursive: true });
  const destination = { write: (line: string) => void log.push(line) };
  const daemon = await startDaemon({
    ...{ ...given, folder, version: "0.0.0", waitingMs: 100, env: world.env },
    log: createLog({ level: "debug", destination, redact: redactKnownSecrets }),
    readSecret: (reference) => readSecret(reference, world.env),
  });
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await daemon.stop();
  };
  onTestFinished(stop);
  return {
    ...talkTo(daemon.url),
    daemon: { ...daemon, stop },
    push: async (files, options) => {
      const commit = world.repository.push(files, options);
      await deliverPush(daemon.url, { delivery: randomUUID(), after: commit });
      return commit;
    },
  };
}

function describeConfig({ repository, served }: DaemonWorld, settings: Settings = {}): Part {
  const { policy = {}, drift = {}, repository: source = {}, control_plane = {}, target = {}, file = {} } = settings;
  const tokens = (Object.keys(TOKENS) as (keyof typeof TOKENS)[]).map((name) => ({
    name,
    role: name === "other" ? "approve" : name,
    secret: { env: `TOKEN_${name.toUpperCase()}` },
  }));
  return {
    targets: [
      {
        name: "prod",
        repository: { url: repository.url, poll: "2s", jitter: "0s", webhook: WEBHOOK, ...source },
        control_plane: { endpoint: served.url, org: "acme", timeout: "5m", ...control_plane },
        // Three clusters are few: moving one of them is much.
        policy: { max_destroy_share: 1, ...policy },
        drift: { action: "revert", sightings: 1, schedule: null, ...drift },
        ...target,
      },
    ],
    store: { directory: "./data" },
    http: { listen: "127.0.0.1:0", requests_per_minute: 100_000, tokens },
    ...file,
  };
}

const WEBHOOK = { forge: "gitea", secret: { env: "HOOK_SECRET" } };
