import type { Address } from "../../model/address.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { World } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import type { Placements } from "../placements/placement.ts";
import type { ClusterAssignment, PoolAssignment, QueueAssignment } from "./assign-registrations.ts";
import type { Departure } from "./departures.ts";
import type { Leftovers } from "./find-removals.ts";

/** Everything the planner decided, before steps: what guards, routing and notices are computed from. */
export interface Decisions {
  readonly input: PlanInput;
  /** Queues that a replacement left where they could not be deleted, and that are registrations to be ended in `input`: they are in the way. */
  readonly takenUp: ReadonlySet<string>;
  readonly world: World;
  readonly pools: readonly PoolAssignment[];
  /** The assignments of pools by physical name. */
  readonly poolByName: ReadonlyMap<string, PoolAssignment>;
  readonly clusters: readonly ClusterAssignment[];
  readonly queues: readonly QueueAssignment[];
  readonly departures: ReadonlyMap<string, Departure>;
  readonly leftovers: Leftovers;
  /** By the address of a declared object, the records that it continues, as `findContinued` gives them; missing: there are none. */
  readonly continued: ReadonlyMap<Address, readonly OwnedObject[]>;
  readonly clusterOf: (logical: string) => string;
  readonly placements: Placements;
}
