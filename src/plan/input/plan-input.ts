import type { Address } from "../../model/address.ts";
import type {
  ObjectElsewhere,
  OwnedObject,
  OwnWrite,
  RoutingWrite,
  TakenCluster,
  TurnedSettings,
} from "../../model/ledger/ledger.ts";
import type { DrainedObject, Refusal } from "../../model/ledger/refusal.ts";
import type { AttributesRow } from "../../model/objects/attributes.ts";
import type { Desired } from "../../model/objects/desired.ts";
import type { LiveState } from "../../model/objects/live.ts";
import type { SettingValues } from "../../model/objects/settings.ts";
import type { PlanOptions } from "../../model/plan/plan.ts";

/** A registration that an interrupted run sent and never finished: known to be ours under any name. */
export interface PendingRegistration {
  readonly address: Address;
  readonly physical_name: string;
}

/**
 * A live object that an interrupted run wrote to, that no manifest names, and whose owner is unknown; or what such a run was yet
 * to make good when a backup was made that was restored since.
 */
export interface LeftBehind {
  readonly address: Address;
  readonly physical_name: string;
  /** When the run wrote to it, ISO 8601 in UTC. */
  readonly at: string;
  /**
   * What is wrong with it: a row that went with a delete `is_gone`, a queue is still `written_out`, what was deleted `is_back`, keys of settings
   * are `still_set`, what was registered `replaces` what is on record, and what was to be replaced is
   * `half_replaced`; left out: an interrupted run wrote to it.
   */
  readonly fault?: "is_gone" | "written_out" | "is_back" | "still_set" | "replaces" | "half_replaced";
  /** The keys that are still set; left out: it is no scope of settings. */
  readonly keys?: readonly string[];
}

/** What was drained on the way to a change that was unfinished in a backup that was restored. */
export interface RestoredDrain extends DrainedObject {
  /** Whether it was restored, and not in service before. */
  readonly is_restored: boolean;
  /** When it was drained, ISO 8601 in UTC. */
  readonly at: string;
}

/** Everything a plan is made from; plain values, never changed by planning. */
export interface PlanInput {
  readonly desired: Desired;
  readonly live: LiveState;
  /** What the store remembers; empty without one. */
  readonly owned: readonly OwnedObject[];
  /** Whose records in `owned` follow from unfinished writes, and are not in the store as they are; left out: none. */
  readonly unrecorded?: ReadonlySet<Address>;
  readonly pending: readonly PendingRegistration[];
  /** Queues that an interrupted run made release clusters, by queue name: they may still have work there. */
  readonly released: ReadonlyMap<string, readonly string[]>;
  /** Rows of flyteadmin that a delete of an interrupted run may have taken along, as they were; later ones come after earlier ones. */
  readonly displaced: readonly AttributesRow[];
  /**
   * Labels that lead to an enabled cluster by what was delivered, by the name of its FlyteClusters object. An object that is missing:
   * the content of its files is unknown. Left out: nothing is known of any.
   */
  readonly delivered_labels?: ReadonlyMap<string, readonly string[]>;
  /** Addresses whose unfinished changes this plan continues, and those of rows that they took along: each is closed once it is done. */
  readonly settle: readonly Address[];
  /** Addresses whose unfinished changes are another folder's. */
  readonly foreign: readonly Address[];
  /** What interrupted runs left and people have to decide about; left out: nothing. */
  readonly left_behind?: readonly LeftBehind[];
  /** What was drained by runs of before a restore; left out: nothing. */
  readonly restored_drains?: readonly RestoredDrain[];
  /** What was applied or begun at a flyteadmin or a place of delivery that the target had before; left out: nothing. */
  readonly elsewhere?: readonly ObjectElsewhere[];
  /** Names of `*` queues that an interrupted run wrote out and did not restore. */
  readonly narrowed: readonly string[];
  /** What rollouts that are not finished have written, oldest first; left out: nothing is known of any. */
  readonly written?: readonly OwnWrite[];
  /** Clusters that these rollouts have taken out of pools, oldest first; left out: none is known. */
  readonly taken?: readonly TakenCluster[];
  /** Settings that these rollouts have made to name another queue, oldest first; left out: none is known. */
  readonly turned?: readonly TurnedSettings[];
  /** All that these rollouts have written to clusters, queues and settings for their commits, oldest first; left out: nothing is known of it. */
  readonly routing_writes?: readonly RoutingWrite[];
  /** What unfinished writes to scopes of settings made of the keys that they set, or may have, by address; left out: nothing is known of any. */
  readonly written_settings?: ReadonlyMap<Address, readonly SettingValues[]>;
  /** What the control plane has refused permanently; left out: nothing. */
  readonly refused?: readonly Refusal[];
  /**
   * `store`: ownership is what the store says. `manifest`: there is no store, so what a manifest names counts as owned and
   * nothing else does.
   */
  readonly ownership: "store" | "manifest";
  readonly options: PlanOptions;
  readonly revision: string | null;
  /** The share of objects, 0 to 1, that the plan may disrupt before the check `max-disruption-share` fails. Default 0.3. */
  readonly max_destroy_share?: number;
}
