import type { QueuePatch } from "../../model/objects/limit-maps.ts";
import type { SettingsScope, SettingValues } from "../../model/objects/settings.ts";
import type { PoolConfig, PoolPatch, QueueSpec } from "../../model/objects/spec.ts";

/** The code of a write that was not sent, because another writer had set the queue's selector to something else. */
export const SELECTOR_CHANGED = "selector_changed";

/**
 * Everything that changes a control plane, one RPC a method. Each throws an OperationalError on failure, with `outcomeUnknown` when the
 * write may have taken effect all the same. `generation` arguments are the optimistic locks as read; "0" where the server has none
 * (2026-07).
 */
export interface ControlPlaneWriter {
  createPool(name: string, config: PoolConfig): Promise<void>;
  /** Merges `set` onto a fresh read of the pool and writes the whole config back; fields that we do not know are kept. */
  updatePool(name: string, set: PoolPatch): Promise<void>;
  deletePool(name: string): Promise<void>;
  undeletePool(name: string): Promise<void>;
  registerCluster(name: string, pool: string): Promise<void>;
  /** Registers clusters in pools, all or none (2026-07); one that is in its pool already stays. */
  registerClusters(poolOf: Readonly<Record<string, string>>): Promise<void>;
  moveCluster(name: string, pool: string): Promise<void>;
  setClusterState(name: string, state: "active" | "draining", generation: string): Promise<void>;
  deleteCluster(name: string, generation: string): Promise<void>;
  undeleteCluster(name: string): Promise<void>;
  createQueue(name: string, spec: QueueSpec, state: "active" | "drained"): Promise<void>;
  /**
   * Merges `set` onto a fresh read of the queue and writes the whole spec back; unknown fields are kept. With `seen`, only where that read
   * has the selector that was seen, in any order, or that without clusters that are deleted by now: else it throws `SELECTOR_CHANGED` and sends nothing.
   */
  updateQueue(name: string, set: QueuePatch, seen?: readonly string[]): Promise<void>;
  setQueueState(name: string, state: "active" | "draining", generation: string): Promise<void>;
  deleteQueue(name: string, generation: string): Promise<void>;
  undeleteQueue(name: string): Promise<void>;
}

/** What changes settings. */
export interface SettingsWriter {
  /**
   * Replaces the values of a scope: keys left out are inherited from then on; what the record holds beyond what we know is
   * kept. `version` is the one that was read, "0" for a scope without a record. Throws an OperationalError on failure, `aborted`
   * when the scope has changed since: read it again.
   */
  writeSettings(scope: SettingsScope, values: SettingValues, version: string): Promise<void>;
}
