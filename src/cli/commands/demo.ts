import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import packageJson from "../../../package.json" with { type: "json" };
import { readConfig } from "../../daemon/config/read-config.ts";
import { readSecret } from "../../daemon/config/read-secret.ts";
import { createLog } from "../../daemon/logging/create-log.ts";
import { openLogStream } from "../../daemon/logging/open-log-stream.ts";
import { startDaemon } from "../../daemon/start-daemon.ts";
import { DEFAULT_SIMULATION } from "../../embedded/model/simulate-data-plane.ts";
import { serveControlPlane } from "../../embedded/serve-control-plane.ts";
import type { TargetState } from "../../model/daemon/daemon-records.ts";
import { quoteWord } from "../../model/text/quote-word.ts";
import { type Shown, shown } from "../../report/text/shown-text.ts";
import { openDaemon } from "../daemon-client/open-daemon.ts";
import { resolveServer } from "../daemon-client/resolve-server.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showResult } from "../output/show-result.ts";
import { untilEnding } from "../targets/on-ending.ts";
import { type DemoRepository, makeDemoRepository } from "./demo-repository.ts";

/** Options of `poolkeeper demo`, which is what `npm start` runs. */
export interface DemoOptions {
  /** End with the exit code instead of staying up. */
  readonly once: boolean;
}

const ORG = "acme";
/** A pass that comes to no end in this time has failed, on a slow machine too. */
const PATIENCE_MS = 300_000;

/**
 * The main job on one machine: a git repository made from the example, an embedded control plane with a simulated data plane, and a
 * daemon that reconciles one onto the other. Says what to try next, and stays up until Ctrl-C; then what it made is removed.
 */
export async function runDemo({ once: ends }: DemoOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "poolkeeper-demo-"));
  try {
    const repository = await makeDemoRepository(join(findPackageRoot(), "examples", "config-repo"), folder);
    const generation = "2026-11";
    const served = await serveControlPlane({
      port: 0,
      generation,
      org: ORG,
      adminPort: 0,
      simulation: DEFAULT_SIMULATION,
    });
    try {
      return await reconcile({ folder, repository, endpoint: served.url, ends });
    } finally {
      await served.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Demo {
  readonly folder: string;
  readonly repository: DemoRepository;
  readonly endpoint: string;
  readonly ends: boolean;
}

async function reconcile({ folder, repository, endpoint, ends }: Demo): Promise<number> {
  const token = randomBytes(12).toString("base64url");
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, `${token}\n`, { mode: 0o600 });
  const file = join(folder, "poolkeeper.yaml");
  writeFileSync(file, describeConfig(repository, endpoint));
  const { config, diagnostics } = readConfig(file);
  if (config === null) throw new Error(`the demo's configuration is invalid: ${JSON.stringify(diagnostics)}`);
  const log = createLog({ level: "warn", destination: openLogStream(2, process.stderr.isTTY === true) });
  const daemon = await startDaemon({
    ...{ config, log, readSecret },
    version: packageJson.version,
    folder: join(folder, "cache"),
  });
  try {
    const state = await settle(daemon.url, token);
    showResult(describeState(state, endpoint));
    if (ends || state?.status.state !== "Synced") return state?.status.state === "Synced" ? EXIT.ok : EXIT.error;
    showResult(describeNextSteps({ url: daemon.url, token, tokenFile, endpoint, repository }));
    await untilEnding(["SIGINT", "SIGTERM", "SIGHUP"]);
    return EXIT.ok;
  } finally {
    await daemon.stop();
  }
}

/** Waits for the end of the first pass; null where it does not come. */
async function settle(url: string, token: string): Promise<TargetState | null> {
  const end = AbortSignal.timeout(PATIENCE_MS);
  const client = openDaemon(resolveServer({ server: url, serverToken: token }, {}));
  try {
    while (!end.aborted) {
      const [target] = await client.listTargets();
      if (target !== undefined && target.last_pass !== null) return target;
      await delay(100);
    }
    return null;
  } finally {
    await client.close();
  }
}

function describeConfig({ bare }: DemoRepository, endpoint: string): string {
  return `targets:
  - name: demo
    repository: { url: "file://${bare}", branch: main, poll: 3s, jitter: 0s }
    control_plane: { endpoint: "${endpoint}", org: ${ORG} }
    drift: { action: report, sightings: 1 }
store: { directory: data }
http:
  listen: 127.0.0.1:0
  tokens: [{ name: you, role: approve, secret: { file: token } }]
`;
}

function describeState(state: TargetState | null, endpoint: string): Shown {
  const done = state?.last_pass?.outcome;
  const summary = done?.kind === "applied" ? ` ${done.report.done.add} objects were made.` : "";
  const how = state === null ? "timed out" : `${state.status.state}: ${state.status.message}${summary}`;
  return shown`The example repository and the embedded control plane at ${endpoint} (org ${ORG}): ${how}\n`;
}

interface Running {
  readonly url: string;
  readonly token: string;
  readonly tokenFile: string;
  readonly endpoint: string;
  readonly repository: DemoRepository;
}

function describeNextSteps({ url, token, tokenFile, endpoint, repository }: Running): Shown {
  const program = quoteWord(describeProgram());
  return shown`
The daemon reconciles what is pushed there, until Ctrl-C. That removes the repository and the checkout, with all that was changed in them.

  The page               ${url}   (sign in with ${token} to approve)
  The repository         ${repository.bare}
  A checkout to edit     ${repository.checkout}

To try next, in another terminal: change a cluster's pool, push, and look at what the target says. It waits for you, with the command
that approves the plan.

  cd ${quoteWord(repository.checkout)}
  sed -i.bak 's/pool: prod/pool: dev/' clusters/prod-us-west-2.yaml && sed -i.bak 's/- prod-us-west-2/- prod-us-east-1/' queues/batch.yaml
  git commit -am "West goes to dev" && git push
  alias poolkeeper=${program}
  export POOLKEEPER_SERVER=${url} POOLKEEPER_SERVER_TOKEN_FILE=${quoteWord(tokenFile)}
  poolkeeper targets

The live clusters, here and in the upstream CLI:

  poolkeeper status --endpoint ${endpoint} --org ${ORG}
  flyte --endpoint ${endpoint} --insecure --org ${ORG} get cluster
`;
}

/**
 * What starts this poolkeeper in any terminal: with the Node that runs it now, which need not be the one in PATH, and from this package,
 * since a bare name would be looked up in a registry.
 */
function describeProgram(): string {
  return [process.execPath, join(findPackageRoot(), "bin", "poolkeeper.mjs")].map(quoteWord).join(" ");
}

/** The folder of this package: the nearest one above this module that has a package.json, in a checkout or installed. */
function findPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("poolkeeper's own package.json is missing");
    folder = parent;
  }
  return folder;
}
