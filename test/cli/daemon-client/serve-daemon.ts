import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fastify from "fastify";
import { onTestFinished } from "vitest";
import type { AppliedRevision, GivenPause, Pause } from "../../../src/model/daemon/daemon-records.ts";
import type { TargetDetail } from "../../../src/model/daemon/daemon-service.ts";
import type { Blame } from "../../../src/model/ledger/blame.ts";
import type { ChangeEntry, RunWrites } from "../../../src/model/ledger/change-log.ts";
import type { Approval } from "../../../src/model/passes/approval.ts";
import type { AuditEntry } from "../../../src/model/passes/audit-entry.ts";
import type { NextStep } from "../../../src/model/passes/next-step.ts";
import type { KeptPlan, PassOutcome, PassRecord } from "../../../src/model/passes/pass.ts";
import type { Status } from "../../../src/model/passes/status.ts";
import type { Prospect } from "../../../src/model/plan/foresight.ts";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import type { PoolkeeperResult } from "../../set-up/run-poolkeeper.ts";
import { homeIn } from "../run-program.ts";

export const TOKEN = "operator-token-1";
export const DIGEST = "3f2a9c41".padEnd(64, "0");
const REVISION = "abcdef1234567890".padEnd(40, "0");
const AT = "2026-11-20T10:00:00.123Z";
/** When a pass is requested. */
const LATER = "2026-11-20T10:05:00.000Z";

/** A request that the daemon was sent. */
export interface Sent {
  readonly call: string;
  readonly body: unknown;
  readonly agent: string | undefined;
}

/** A daemon's API with one target and one plan, and a place to call it from. */
export interface Daemon {
  readonly url: string;
  /** Changes only. */
  readonly sent: readonly Sent[];
  /** Every answer from now on: a status, a body that is no JSON where it is text, headers. */
  answer: {
    readonly status: number;
    readonly body: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  } | null;
  status: Status;
  /** What may be decided about the plan. */
  prospect: Prospect;
  /** What the caller can do next. */
  next: readonly NextStep[];
  /** Whether the next steps can't be listed. */
  isNextLost: boolean;
  /** How often they were asked for. */
  readonly asksForNext: number;
  /** What the pass that is asked for comes to; null: it does not end. */
  outcome: PassOutcome | null;
  readonly pauses: Pause[];
  blame: Blame;
  /** What was written. */
  changes: readonly ChangeEntry[];
  /** What a pause is answered with. */
  warning: string | null;
  readonly run: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<PoolkeeperResult>;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

export const SYNCED: Status = { state: "Synced", reason: "NothingToDo", message: "All is well.", since: AT };

/** Serves a daemon's API as its contract has it, for the running test. */
export async function serveDaemon(plan: Plan | null = null): Promise<Daemon> {
  const app = fastify();
  const sent: Sent[] = [];
  let asksForNext = 0;
  const passes: PassRecord[] = [makePass("pass-1", "poll", { kind: "synced" })];
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "token"), `${TOKEN}\n`);
  const refuse = (status: number, code: string, message: string) => ({
    status,
    body: { error: { code, message }, request_id: "r1" },
  });

  app.addHook("onRequest", async (request, reply) => {
    const { answer } = daemon;
    if (answer !== null)
      return reply
        .code(answer.status)
        .headers(answer.headers ?? {})
        .send(answer.body);
    if (request.headers.authorization === `Bearer ${TOKEN}`) return;
    const { status, body } = refuse(401, "unauthorized", `Unknown token ${request.headers.authorization ?? ""}.`);
    return reply.code(status).send(body);
  });
  app.addHook("preHandler", async (request) => {
    if (request.method === "GET") return;
    sent.push({ call: request.url, body: request.body, agent: request.headers["user-agent"] });
  });
  const describe = (): TargetDetail => ({
    target: "production",
    status: daemon.status,
    last_pass: { ...(passes[0] ?? makePass("pass-1", "poll", { kind: "synced" })), digest: DIGEST },
    applied_revision: REVISION,
    good_revision: REVISION,
    pinned_revision: null,
    last_success_at: AT,
    failures: 0,
    drift_since: null,
    drifted: [],
    contests: [],
    objects: [],
    unreachable: [],
    looked_at: AT,
    updated_at: AT,
    source: "https://git.example.com/a.git",
    control_plane: "https://acme.example.com",
    org: "acme",
    warnings: [],
    requests_trouble: null,
    left_behind: [],
    other_writes: [],
    pauses: daemon.pauses,
    approvals: [],
    running: null,
    plan: null,
    passes,
    applied: [APPLIED],
    audit: [AUDIT],
  });
  app.get("/api/v1/targets", async () => ({ targets: [describe()] }));
  app.get<{ Params: { name: string } }>("/api/v1/targets/:name", async ({ params }, reply) => {
    if (params.name === "production") return describe();
    const { status, body } = refuse(404, "not_found", "The target was not found.");
    return reply.code(status).send(body);
  });
  app.get("/api/v1/targets/production/passes", async () => ({ passes }));
  app.get("/api/v1/targets/production/changes", async () => ({ entries: daemon.changes }));
  app.get("/api/v1/targets/production/blame", async () => daemon.blame);
  app.get("/api/v1/targets/production/runs", async () => ({ runs: [RUN] }));
  app.get("/api/v1/next", async (_request, reply) => {
    asksForNext += 1;
    if (!daemon.isNextLost) return { next: daemon.next };
    const { status, body } = refuse(503, "unavailable", "The store can't be used.");
    return reply.code(status).send(body);
  });
  app.get("/api/v1/audit", async () => ({ entries: [AUDIT] }));
  app.get("/api/v1/plans/:digest", async (): Promise<object> => {
    const kept: Omit<KeptPlan, "plan"> = { target: "production", digest: DIGEST, revision: REVISION, made_at: AT };
    return { ...kept, plan };
  });
  app.get("/api/v1/plans/:digest/approval", async () => daemon.prospect);
  app.post<{ Body: { overrides: readonly string[] } }>("/api/v1/approvals", async ({ body }, reply) =>
    reply.code(201).send(makeApproval("open", body.overrides)),
  );
  app.post("/api/v1/rejections", async (_request, reply) => reply.code(201).send(makeApproval("rejected", [])));
  app.post<{ Body: Pick<Pause, "address" | "until" | "reason"> }>(
    "/api/v1/targets/production/pause",
    async ({ body }, reply) =>
      reply.code(201).send({
        id: "p1",
        target: "production",
        by: "ci",
        at: AT,
        ...body,
        warning: daemon.warning,
      } satisfies GivenPause),
  );
  app.post("/api/v1/targets/production/resume", async () => ({ ended: daemon.pauses.length }));
  app.post("/api/v1/targets/production/reconcile", async (_request, reply) => {
    if (daemon.outcome !== null)
      passes.unshift({ ...makePass("pass-2", "request", daemon.outcome), started_at: LATER });
    return reply.code(202).send({ id: "request-1", at: LATER });
  });

  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => app.close());
  const env = { ...homeIn(folder), POOLKEEPER_SERVER: url, POOLKEEPER_SERVER_TOKEN: TOKEN };
  const daemon: Daemon = {
    prospect: {
      ...{ kind: "runs", at: null, message: "", offers: [], refused: { approve: null, reject: null } },
      ...{ approved: null, rejected: null, decided: 0, command: null },
    },
    next: [],
    isNextLost: false,
    get asksForNext() {
      return asksForNext;
    },
    blame: { address: "queue.a", physical_name: "a", fields: [], log_began: AT, looked_at: AT },
    ...{ url, sent, answer: null, status: SYNCED, outcome: null, pauses: [], changes: [], warning: null, env, folder },
    run: (args, more = {}) => runInProcess(args, { ...env, ...more }, folder),
  };
  return daemon;
}

const APPLIED: AppliedRevision = {
  target: "production",
  revision: REVISION,
  at: AT,
  digest: DIGEST,
  pass: "pass-0",
  approval: "approval-1",
  place: "main:",
};

const RUN: RunWrites = {
  ...{ run_id: "pass-0", target: "production", via: "daemon", digest: DIGEST, revision: REVISION, at: AT },
  ...{ decided_by: "approval", by: "ada", approval: "approval-1", overrides: [] },
  ...{ first_seq: 1, last_seq: 2, writes: 2, objects: ["queue.a"] },
};

const AUDIT: AuditEntry = {
  id: "a1",
  at: AT,
  target: "production",
  who: "alex",
  via: "page",
  action: "pause",
  details: { reason: "incident", address: null },
};

function makePass(id: string, trigger: PassRecord["trigger"], outcome: PassOutcome): PassRecord {
  return { id, target: "production", trigger, started_at: AT, ended_at: AT, revision: REVISION, digest: null, outcome };
}

function makeApproval(state: Approval["state"], overrides: readonly string[]): Approval {
  return {
    id: "approval-1",
    target: "production",
    digest: DIGEST,
    revision: REVISION,
    by: "ci",
    via: "cli",
    at: AT,
    expires_at: "2026-11-21T10:00:00.000Z",
    overrides,
    state,
  };
}
