import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRunner, type Runner } from "../src/daemon/create-runner.ts";
import { createKnownTargets } from "../src/daemon/known-targets.ts";
import type { Log } from "../src/daemon/logging/log.ts";
import type { TargetConfig } from "../src/model/daemon/daemon-config.ts";
import type { RunningPass } from "../src/model/daemon/daemon-service.ts";
import { createRunTask } from "../src/reconcile/workers/create-run-task.ts";
import { openDatabase } from "../src/store/open-store.ts";

/** A target of the daemon in this process: a repository of made-up manifests, and a store in a directory. */
export interface BenchRunner {
  readonly runner: Runner;
  /** Called whenever a pass enters a step, and with null when it has ended. */
  onRunning: (running: RunningPass | null) => void;
  close(): Promise<void>;
}

/** Opens the target of a repository that was laid out in `folder`; what the store there remembers counts. */
export async function openBenchRunner(folder: string, url: string): Promise<BenchRunner> {
  const repository = join(folder, "config.git");
  if (!existsSync(repository)) throw new Error(`there is no repository in ${folder}`);
  const database = await openDatabase(join(folder, "store"), { exclusive: true });
  const runner = await createRunner(describeTarget(`file://${repository}`, url), {
    ...{ database, readSecret: () => "", env: {}, folder: join(folder, "cache"), log: SILENT },
    stopping: new AbortController().signal,
    ...{ version: "0", acts: () => NO_ACTS, targets: () => [], findUrl: () => null, onForgeCall: ignore },
    runTaskOf: createRunTask(),
    known: createKnownTargets(),
    draftMessages: async () => ({ messages: [], alarms: [] }),
    onRunning: (_target, running) => bench.onRunning(running),
  });
  const bench: BenchRunner = {
    ...{ runner, onRunning: () => {} },
    close: async () => {
      await runner.close();
      await database.close();
    },
  };
  return bench;
}

const ignore = () => {};
const refuse = async () => ({ ok: false, code: "not_found", message: "" }) as const;
/** Nothing asks for requests here. */
const NO_ACTS = { approve: refuse, reconcile: refuse, wake: async () => {} };
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function describeTarget(repository: string, endpoint: string): TargetConfig {
  return {
    name: "bench",
    source: {
      kind: "repository",
      ...{ url: repository, branch: "main", path: "", username: "git", token: null, ssh_key: null, known_hosts: null },
      ...{
        ca_file: null,
        webhook: null,
        pull_requests: null,
        poll_ms: 60_000,
        jitter_ms: 0,
        timeout_ms: 120_000,
        max_bytes: 512_000_000,
      },
      verify: { mode: "none", keys: [] },
    },
    control_plane: {
      ...{ endpoint, org: "acme", generation: null, token: null, api_key: null, ca_file: null, insecure: false },
      ...{
        timeout_ms: 30_000,
        write_timeout_ms: 10_000,
        max_objects: 1_000_000,
        flyteadmin: null,
        deliver: null,
        deliver_max_bytes: 512_000_000,
        scopes: [],
      },
    },
    policy: {
      ...{ auto_apply: "update", prune: "owned", max_destroy_share: 0.3, on_pool_change: "auto", freeze: null },
      ...{ windows: [], rules: [], approval: { approvers: [], expires_ms: 86_400_000 } },
    },
    drift: {
      ...{
        schedule: null,
        time_zone: "UTC",
        action: "report",
        kinds: {},
        sightings: 2,
        seen_for_ms: 0,
        destructive: false,
      },
      ...{ contested_after: 5, contested_within_ms: 3_600_000 },
    },
    lease: { ttl_ms: 12_000 },
    sensitive: [],
    references: { env: [], files: [] },
  };
}
