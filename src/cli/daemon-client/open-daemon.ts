import type { Address } from "../../model/address.ts";
import type { GivenPause } from "../../model/daemon/daemon-records.ts";
import type {
  ChangesAsked,
  ChangesPage,
  GivenRequest,
  TargetDetail,
  TargetOverview,
} from "../../model/daemon/daemon-service.ts";
import { type Destination, writeDestination } from "../../model/daemon/destination.ts";
import type { Blame } from "../../model/ledger/blame.ts";
import type { RunWrites } from "../../model/ledger/change-log.ts";
import type { Approval } from "../../model/passes/approval.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import type { NextStep } from "../../model/passes/next-step.ts";
import type { KeptPlan, PassRecord } from "../../model/passes/pass.ts";
import type { Prospect } from "../../model/plan/foresight.ts";
import { createDispatcher } from "../../systems/http/create-dispatcher.ts";
import type { RetrySettings } from "../../systems/http/try-again.ts";
import { createCaller, type DaemonCaller } from "./call-daemon.ts";
import type { DaemonConnection } from "./daemon-connection.ts";

/** A running daemon, by its HTTP API. Every call may throw an OperationalError with a code of `DAEMON_ERRORS`. */
export interface DaemonClient {
  readonly endpoint: string;
  listTargets(): Promise<readonly TargetOverview[]>;
  readTarget(name: string): Promise<TargetDetail>;
  /** Newest first. */
  listPasses(target: string, limit: number): Promise<readonly PassRecord[]>;
  /** By the digest, or its first 32 digits or more; with the target where several have the same plan. */
  readPlan(digest: string, target?: string | undefined): Promise<KeptPlan>;
  /** What the caller may decide about it, and what would come of an approval. */
  foresee(plan: PlanName): Promise<Prospect>;
  /** What the caller can do next about each target. `once`: a failure is not tried again. */
  listNextSteps(options?: { readonly once?: boolean }): Promise<readonly NextStep[]>;
  /** Newest first; of all targets when it is null. */
  listAudit(target: string | null, limit: number): Promise<readonly AuditEntry[]>;
  /** Passes and commands that wrote, by decision, those that wrote last first. */
  listRuns(target: string, limit: number): Promise<readonly RunWrites[]>;
  readBlame(target: string, address: Address): Promise<Blame>;
  /** `more` is missing in what an older daemon answers. */
  listChanges(target: string, asked: ChangesAsked): Promise<ChangesPage>;
  /**
   * `decided`: of the prospect that was shown for confirmation; undefined without a confirmation, or where an older daemon does not report
   * it.
   */
  approve(plan: PlanName, overrides: readonly string[], decided: number | undefined): Promise<Approval>;
  reject(plan: PlanName, reason: string): Promise<Approval>;
  /** `until` is ISO 8601; null: until it is lifted. */
  pause(target: string, options: PauseOptions): Promise<GivenPause>;
  /** How many pauses were lifted. */
  resume(target: string, address: Address | null): Promise<number>;
  /** The id of the request that is on record; the pass follows. `revision` "" follows the branch again. */
  reconcile(target: string, destination: Destination): Promise<GivenRequest>;
  /** Frees the connections; calls that still run are cut. To be called once, at the end. */
  close(): Promise<void>;
}

/** Which plan is meant; `target` only where several targets have the same plan. */
export interface PlanName {
  readonly digest: string;
  readonly target?: string | undefined;
}

/** What is to be left alone, why, and until when. */
export interface PauseOptions {
  readonly address: Address | null;
  readonly until: string | null;
  readonly reason: string;
}

/** Opens a daemon. Nothing is sent before the first call. Throws an OperationalError when the CA file cannot be read. */
export function openDaemon(connection: DaemonConnection, settings: RetrySettings = {}): DaemonClient {
  const dispatcher = createDispatcher({ ...connection, hostname: new URL(connection.endpoint).hostname });
  const caller = createCaller(connection, dispatcher, settings);
  return {
    endpoint: connection.endpoint,
    ...createReads(caller),
    ...createWrites(caller),
    close: () => dispatcher.destroy(),
  };
}

function createReads({ get, getOnce }: DaemonCaller) {
  return {
    listTargets: async () =>
      (await get<{ readonly targets: readonly TargetOverview[] }>("/api/v1/targets", "targets")).targets,
    readTarget: (name) => get<TargetDetail>(pathOf(name), "applied"),
    listPasses: async (target, limit) =>
      (await get<{ readonly passes: readonly PassRecord[] }>(`${pathOf(target)}/passes?limit=${limit}`, "passes"))
        .passes,
    readPlan: (digest, target) => {
      const query = target === undefined ? "" : `?${new URLSearchParams({ target })}`;
      return get<KeptPlan>(`/api/v1/plans/${encodeURIComponent(digest)}${query}`, "plan");
    },
    foresee: ({ digest, target }) => {
      const query = target === undefined ? "" : `?${new URLSearchParams({ target })}`;
      return get<Prospect>(`/api/v1/plans/${encodeURIComponent(digest)}/approval${query}`, "refused");
    },
    listNextSteps: async ({ once = false } = {}) =>
      (await (once ? getOnce : get)<{ readonly next: readonly NextStep[] }>("/api/v1/next", "next")).next,
    async listAudit(target, limit) {
      const query = new URLSearchParams({ ...(target !== null && { target }), limit: String(limit) });
      return (await get<{ readonly entries: readonly AuditEntry[] }>(`/api/v1/audit?${query}`, "entries")).entries;
    },
    listRuns: async (target, limit) =>
      (await get<{ readonly runs: readonly RunWrites[] }>(`${pathOf(target)}/runs?limit=${limit}`, "runs")).runs,
    readBlame: (target, address) => get<Blame>(`${pathOf(target)}/blame?${new URLSearchParams({ address })}`, "fields"),
    async listChanges(target, { address, place, since, limit }) {
      const query = new URLSearchParams({
        ...(address !== null && { address }),
        ...(place !== null && { place }),
        ...(since !== null && { since: String(since) }),
        limit: String(limit),
      });
      const path = `${pathOf(target)}/changes?${query}`;
      return get<ChangesPage>(path, "entries");
    },
  } satisfies Partial<DaemonClient>;
}

function createWrites({ post }: DaemonCaller) {
  return {
    approve: (plan, overrides, decided) =>
      post<Approval>("/api/v1/approvals", { ...plan, overrides, decided }, "state"),
    reject: (plan, reason) => post<Approval>("/api/v1/rejections", { ...plan, reason }, "state"),
    pause: (target, options) => post<GivenPause>(`${pathOf(target)}/pause`, options, "id"),
    resume: async (target, address) =>
      (await post<{ readonly ended: number }>(`${pathOf(target)}/resume`, { address }, "ended")).ended,
    reconcile: (target, destination) =>
      post<GivenRequest>(`${pathOf(target)}/reconcile`, { revision: writeDestination(destination) }, "id"),
  } satisfies Partial<DaemonClient>;
}

function pathOf(target: string): string {
  return `/api/v1/targets/${encodeURIComponent(target)}`;
}
