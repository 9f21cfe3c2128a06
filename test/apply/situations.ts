import { type Desired, NOTHING_DESIRED } from "../../src/model/objects/desired.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { desiredCluster, desiredPool, desiredQueue } from "../plan/arbitrary-desired.ts";

/** A change of manifests whose plan writes by the RPCs named. */
export interface Situation {
  readonly name: string;
  readonly past: readonly Desired[];
  readonly next: Desired;
  readonly writes: Readonly<Record<Generation, readonly string[]>>;
}

const POOLS = [desiredPool("pa"), desiredPool("pb")];

/** Two pools; c1 and c2 in pa, c3 in pb; one queue that pins and one `*` queue. */
export const TWO_POOLS: Desired = {
  ...NOTHING_DESIRED,
  pools: POOLS,
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("pins", "pa", ["c1", "c2"]), desiredQueue("any", "pa", ["*"])],
};

/** As {@link TWO_POOLS}, with c1 in pb and no queue that pins it. */
export const MOVED: Desired = {
  ...TWO_POOLS,
  clusters: [desiredCluster("c1", "pb"), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("pins", "pa", ["c2"]), desiredQueue("any", "pa", ["*"])],
};

const WITHOUT_PB: Desired = {
  ...NOTHING_DESIRED,
  pools: [desiredPool("pa")],
  clusters: [desiredCluster("c1", "pa"), desiredCluster("c2", "pa")],
  queues: [desiredQueue("any", "pa", ["*"])],
};
const EDITED: Desired = {
  ...TWO_POOLS,
  pools: POOLS.map(({ name }) => desiredPool(name, "us-west-2")),
  queues: [desiredQueue("pins", "pa", ["c2"]), desiredQueue("any", "pa", ["*"])],
};
const OFF: Desired = {
  ...EDITED,
  clusters: [desiredCluster("c1", "pa", { state: "drained" }), desiredCluster("c2", "pa"), desiredCluster("c3", "pb")],
  queues: [desiredQueue("pins", "pa", ["c2"]), desiredQueue("any", "pa", ["*"], { state: "drained" })],
};

/** Together they write by every RPC that a plan can contain. */
export const SITUATIONS: readonly Situation[] = [
  {
    name: "all is new",
    past: [],
    next: TWO_POOLS,
    writes: {
      "2026-07": ["ClusterPoolService/Create", "CreateCluster", "CreateQueue"],
      "2026-11": ["ClusterPoolService/Create", "CreateCluster", "CreateQueue"],
    },
  },
  {
    name: "configs and selectors differ",
    past: [TWO_POOLS],
    next: EDITED,
    writes: {
      "2026-07": ["ClusterPoolService/Update", "UpdateQueue"],
      "2026-11": ["ClusterPoolService/Update", "UpdateQueue"],
    },
  },
  {
    name: "a cluster changes its pool",
    past: [TWO_POOLS],
    next: MOVED,
    writes: {
      "2026-07": ["CreateCluster", "UpdateQueue", "DeleteCluster"],
      "2026-11": ["UpdateQueue", "UpdateClusterState", "UpdateCluster"],
    },
  },
  {
    name: "manifests are gone",
    past: [TWO_POOLS],
    next: WITHOUT_PB,
    writes: {
      "2026-07": ["DeleteCluster"],
      "2026-11": [
        "UpdateClusterState",
        "DeleteCluster",
        "UpdateQueueState",
        "DeleteQueue",
        "ClusterPoolService/Delete",
      ],
    },
  },
  {
    name: "deleted objects come back",
    past: [TWO_POOLS, WITHOUT_PB],
    next: TWO_POOLS,
    writes: {
      "2026-07": ["CreateCluster"],
      "2026-11": [
        "ClusterPoolService/Undelete",
        "UndeleteCluster",
        "UndeleteQueue",
        "UpdateClusterState",
        "UpdateQueueState",
      ],
    },
  },
  {
    name: "a cluster and a queue go out of service",
    past: [EDITED],
    next: OFF,
    writes: { "2026-07": [], "2026-11": ["UpdateClusterState", "UpdateQueueState"] },
  },
  {
    name: "a cluster and a queue come back into service",
    past: [EDITED, OFF],
    next: EDITED,
    writes: { "2026-07": [], "2026-11": ["UpdateClusterState", "UpdateQueueState"] },
  },
];
