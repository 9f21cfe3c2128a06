import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { createGitRepository, type PushedFile } from "../../test/set-up/create-git-repository.ts";
import { startPostgres, type TestPostgres } from "../../test/store/start-postgres.ts";
import { createDaemonProcess, type DaemonProcess } from "./daemon-process.ts";

export const TARGET = "soak";
export const ORG = "acme";
const TOKEN = "soak-token-of-the-approver";
const WEBHOOK_SECRET = "soak-webhook-secret";

/** Everything that a soak plays on: a control plane, a repository, a daemon in a process of its own, and its store. */
export interface Stage {
  readonly controlPlane: ServedControlPlane;
  readonly daemon: DaemonProcess;
  /** What {@link openDatabase} takes. */
  readonly store: string;
  /** Folder that files of Flyte's clusters are delivered to. */
  readonly delivered: string;
  readonly postgres: TestPostgres | null;
  /** What was pushed last, by path. */
  pushed(): ReadonlyMap<string, string>;
  /** Brings the repository to these files and gives the commit. */
  push(files: ReadonlyMap<string, string>): string;
  /** Writes the configuration anew, with or without a freeze; the daemon reads it when it is told to. */
  freeze(frozen: boolean): void;
  /** Puts a file in the place of the folder of files, or brings that back. */
  hideDelivered(hidden: boolean): void;
  /** Takes the repository away, or brings it back. */
  hideRepository(hidden: boolean): void;
  /** Tells the daemon of a push, as a forge does; no error when it does not run. */
  deliver(): Promise<void>;
  /** Calls the admin interface of the control plane. Throws where it refuses. */
  disturb(method: "POST" | "DELETE", path: string, body?: object): Promise<void>;
  /** Takes back the faults that are still to come, and gives them. */
  endFaults(): Promise<readonly { readonly method: string; readonly count?: number }[]>;
  /** Calls the daemon's API; null when it is not reached. */
  ask<T>(method: "GET" | "POST", path: string, body?: object): Promise<Answered<T> | null>;
  close(): Promise<void>;
}

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

export interface StageOptions {
  readonly generation: Generation;
  readonly store: "sqlite" | "postgres";
  /** What the daemon is told beside, for example its poll. */
  readonly poll?: string;
  /** What is done about drift. Default: it is reverted. */
  readonly drift?: "revert" | "report";
}

/** Sets the stage below `folder`; the daemon is not started. */
export async function setStage(
  folder: string,
  { generation, store, poll = "1s", drift = "revert" }: StageOptions,
): Promise<Stage> {
  mkdirSync(folder, { recursive: true });
  const simulation = { reportAfterMs: 20, handOverMs: 60, halfLifeMs: 150, heartbeatMs: 10_000 };
  const controlPlane = await serveControlPlane({ generation, org: ORG, simulation, adminPort: 0 });
  const postgres = store === "postgres" ? await startPostgres() : null;
  const location = postgres === null ? join(folder, "store") : await postgres.makeDatabase();
  const repository = createGitRepository(folder);
  const config = join(folder, "poolkeeper.yaml");
  const delivered = join(folder, "delivered");
  mkdirSync(delivered);
  const place = { repository: repository.url, endpoint: controlPlane.url, isEmbedded: postgres === null, folder };
  const freeze = (frozen: boolean) =>
    writeFileSync(config, dump(describeConfig({ ...place, delivered, poll, drift, frozen })));
  freeze(false);
  const env = {
    ...{
      HOME: join(folder, "home"),
      XDG_CACHE_HOME: join(folder, "cache"),
      NODE_COMPILE_CACHE: join(folder, "compiled"),
    },
    ...{ APPROVER_TOKEN: TOKEN, WEBHOOK_SECRET, DATABASE_URL: location },
  };
  const daemon = createDaemonProcess({ config, env, log: join(folder, "daemon.log") });
  let pushed: ReadonlyMap<string, string> = new Map();
  let deliveries = 0;
  const call = async <T>(url: string, init: RequestInit): Promise<Answered<T>> => {
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
    return { status: answer.status, body: (await answer.json()) as T };
  };
  return {
    ...{ controlPlane, daemon, store: location, postgres, delivered, freeze },
    pushed: () => pushed,
    push: (files) => {
      const changed: Record<string, PushedFile> = {};
      for (const path of pushed.keys()) if (!files.has(path)) changed[path] = null;
      for (const [path, text] of files) if (pushed.get(path) !== text) changed[path] = text;
      pushed = new Map(files);
      return repository.push(changed);
    },
    hideDelivered: (hidden) => {
      const away = `${delivered}.away`;
      if (!hidden) rmSync(delivered);
      renameSync(hidden ? delivered : away, hidden ? away : delivered);
      if (hidden) writeFileSync(delivered, "");
    },
    hideRepository: (hidden) => {
      const away = `${repository.folder}.away`;
      if (hidden) renameSync(repository.folder, away);
      else renameSync(away, repository.folder);
    },
    deliver: async () => {
      deliveries += 1;
      const headers = {
        "content-type": "application/json",
        "x-gitlab-token": WEBHOOK_SECRET,
        "x-gitlab-event-uuid": `delivery-${deliveries}`,
      };
      await call(`${daemon.url()}/webhooks/${TARGET}`, { method: "POST", headers, body: "{}" }).catch(isUnreachable);
    },
    disturb: async (method, path, body) => {
      const init = { method, ...(body !== undefined && { body: JSON.stringify(body), headers: JSON_BODY }) };
      const { status, body: answer } = await call(`${controlPlane.adminUrl}${path}`, init);
      if (status !== 200) throw new Error(`the control plane refuses ${path}: ${JSON.stringify(answer)}`);
    },
    endFaults: async () => {
      const { body } = await call<{ readonly faults: readonly { readonly method: string }[] }>(
        `${controlPlane.adminUrl}/faults`,
        {},
      );
      await call(`${controlPlane.adminUrl}/faults`, { method: "DELETE" });
      return body.faults;
    },
    ask: async (method, path, body) => {
      const headers = { authorization: `Bearer ${TOKEN}`, ...(body !== undefined && JSON_BODY) };
      const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
      return call<never>(`${daemon.url()}${path}`, init).catch(isUnreachable);
    },
    close: async () => {
      daemon.kill();
      await daemon.ended();
      await controlPlane.close();
      await postgres?.stop();
    },
  };
}

const JSON_BODY = { "content-type": "application/json" } as const;

/** A daemon that was killed answers nothing; the soak asks again. */
function isUnreachable(error: unknown): null {
  if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError) return null;
  throw error;
}

interface Place {
  readonly repository: string;
  readonly endpoint: string;
  readonly isEmbedded: boolean;
  readonly folder: string;
  readonly delivered: string;
  readonly poll: string;
  readonly drift: "revert" | "report";
  readonly frozen: boolean;
}

function describeConfig({ repository, endpoint, isEmbedded, folder, delivered, poll, drift, frozen }: Place) {
  return {
    targets: [
      {
        name: TARGET,
        repository: {
          ...{ url: repository, branch: "main", poll, jitter: "0s", timeout: "20s" },
          webhook: { forge: "gitlab", secret: { env: "WEBHOOK_SECRET" } },
        },
        control_plane: {
          endpoint,
          org: ORG,
          timeout: "3s",
          scopes: ["development", "development/project1"],
          flyteadmin: { endpoint },
          deliver: delivered,
        },
      },
    ],
    policy: { auto_apply: "update", prune: "owned", ...(frozen && { freeze: { reason: "soak" } }) },
    drift: { schedule: null, action: drift, sightings: 1, destructive: true },
    store: isEmbedded ? { directory: join(folder, "store") } : { database_url: { env: "DATABASE_URL" } },
    http: {
      ...{ listen: "127.0.0.1:0", read: "open", requests_per_minute: 1_000_000 },
      tokens: [{ name: "approver", role: "approve", secret: { env: "APPROVER_TOKEN" } }],
    },
    lease: { ttl: "5s" },
  };
}
