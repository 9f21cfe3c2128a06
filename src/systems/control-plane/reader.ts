import type { Generation, InFlight, LiveCluster, LivePool, LiveQueue } from "../../model/objects/live.ts";
import type { LiveSettings, SettingsScope } from "../../model/objects/settings.ts";

/** A queue whose work in flight is asked for. */
export interface AskedQueue {
  readonly name: string;
  readonly pool: string;
  /** What the control plane observed before this time, by its own clock (ISO 8601), does not count. Left out or null: all counts. */
  readonly since?: string | null;
}

/** Which records a list holds: live ones, or the soft-deleted ones (2026-11; empty on 2026-07). */
export type ListScope = "live" | "deleted";

/**
 * Everything that can be asked of a control plane without changing it. It has no write method, so that what plans cannot
 * write. Each call throws an OperationalError on failure.
 */
export interface ControlPlaneReader {
  /** Canonical URL, for example `https://acme.example.com`. */
  readonly endpoint: string;
  readonly org: string;
  /** Detects the generation by reads alone. Throws an OperationalError `generation_unclear` where what they show differs. */
  detectGeneration(): Promise<Generation>;
  /** All records, read in full through paging. */
  listPools(scope: ListScope): Promise<readonly LivePool[]>;
  listClusters(scope: ListScope): Promise<readonly LiveCluster[]>;
  listQueues(scope: ListScope): Promise<readonly LiveQueue[]>;
  /** One record as it is now, soft-deleted ones included; undefined when there is none. */
  getPool(name: string): Promise<LivePool | undefined>;
  getCluster(name: string): Promise<LiveCluster | undefined>;
  getQueue(name: string): Promise<LiveQueue | undefined>;
  /** Work of the named queues, by queue name, as the control plane has observed it last; a queue without metrics yet is left out. */
  readInFlight(queues: readonly AskedQueue[]): Promise<ReadonlyMap<string, InFlight>>;
}

/** A project, and the domains that it has: what scopes of settings there may be. */
export interface ProjectScopes {
  readonly id: string;
  readonly domains: readonly string[];
}

/** What can be asked about projects. */
export interface ProjectsReader {
  /** All of them, read in full through paging. Throws an OperationalError on failure, `unimplemented` where the control plane lists none. */
  listProjects(): Promise<readonly ProjectScopes[]>;
}

/** Reads of settings. No API lists scopes: each is requested separately. */
export interface SettingsReader extends ProjectsReader {
  /**
   * The own record of a scope as it is now: nothing of broader scopes. Throws an OperationalError on failure, `unimplemented`
   * where the control plane has no settings.
   */
  getSettings(scope: SettingsScope): Promise<LiveSettings>;
  /** Of the same record the queue alone, where it names one: nothing else of it is kept. */
  getRoutingSettings(scope: SettingsScope): Promise<LiveSettings>;
}
