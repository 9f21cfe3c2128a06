import { describe, test } from "vitest";
import { checkRejection, type Rejection } from "./check-rejection.ts";
import { useRealClient } from "./open-world.ts";

const open = useRealClient("2026-11");

const PROD = "create cluster-pool prod --file prod.yaml";
const QUEUE = "--run-concurrency 1 --action-concurrency 2";

const REJECTIONS: readonly Rejection[] = [
  {
    rule: "a cluster is registered once",
    given: ["create cluster c1"],
    command: "create cluster c1",
    outcome: "already_exists",
    says: 'cluster "c1" is registered already, in cluster pool "default"',
  },
  {
    rule: "a registration moves no cluster",
    given: [PROD, "create cluster c1"],
    command: "create cluster c1 --pool prod",
    outcome: "already_exists",
    says: 'cluster "c1" is registered already, in cluster pool "default"',
  },
  {
    rule: "a deleted cluster keeps its name",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "create cluster c1",
    outcome: "already_exists",
    says: "undelete it to use the name again",
  },
  {
    rule: "a cluster is not named default",
    command: "create cluster default",
    outcome: "invalid_argument",
    says: 'the cluster name "default" is reserved',
  },
  {
    rule: "a cluster takes no queue's name",
    given: [`create queue q1 ${QUEUE}`],
    command: "create cluster q1",
    outcome: "already_exists",
    says: 'a queue named "q1" exists',
  },
  {
    rule: "a cluster's name is lower case",
    command: "create cluster Bad_Name",
    outcome: "invalid_argument",
    says: "Bad_Name",
  },
  {
    rule: "a cluster's name has 63 characters at most",
    command: `create cluster ${"a".repeat(64)}`,
    outcome: "invalid_argument",
    says: "63",
  },
  {
    rule: "a cluster's pool exists",
    command: "create cluster c1 --pool nowhere",
    outcome: "not_found",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a cluster's pool is live",
    given: [PROD, "delete cluster-pool prod --yes"],
    command: "create cluster c1 --pool prod",
    outcome: "not_found",
    says: 'cluster pool "prod" is deleted',
  },
  {
    rule: "without the pool default, a cluster names its pool",
    given: ["delete cluster-pool default --yes"],
    command: "create cluster c1",
    outcome: "failed_precondition",
    says: "name another pool or undelete it",
  },
  {
    rule: "a cluster moves only with its queue drained",
    given: [PROD, "create cluster c1"],
    command: "update cluster c1 --pool prod --yes",
    outcome: "failed_precondition",
    says: 'while its queue "c1" is active',
  },
  {
    rule: "a cluster moves only with its queue drained to the end",
    given: [PROD, "create cluster c1", ["/inflight", { queue: "c1", runs: 1 }], "update cluster c1 --drain"],
    command: "update cluster c1 --pool prod --yes",
    outcome: "failed_precondition",
    says: 'while its queue "c1" is draining',
  },
  {
    rule: "a cluster that another queue names does not move",
    given: [PROD, "create cluster c1", `create queue q1 ${QUEUE} --cluster c1`, "update queue c1 --drain"],
    command: "update cluster c1 --pool prod --yes",
    outcome: "failed_precondition",
    says: 'while other queues name it: "q1"',
  },
  {
    rule: "a cluster does not move to where it is",
    given: ["create cluster c1", "update cluster c1 --drain"],
    command: "update cluster c1 --pool default --yes",
    outcome: "already_exists",
    says: 'cluster "c1" is in cluster pool "default" already',
  },
  {
    rule: "a cluster does not move to a pool that is not there",
    given: ["create cluster c1", "update cluster c1 --drain"],
    command: "update cluster c1 --pool nowhere --yes",
    outcome: "not_found",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a deleted cluster does not move",
    given: [PROD, "create cluster c1", "delete cluster c1 --yes"],
    command: "update cluster c1 --pool prod --yes",
    outcome: "failed_precondition",
    says: 'cluster "c1" is deleted',
  },
  {
    rule: "a cluster is not moved unless the prompt is confirmed",
    given: [PROD, "create cluster c1"],
    command: "update cluster c1 --pool prod",
    outcome: "unsent",
    says: "Aborted.",
  },
  {
    rule: "a cluster with apps is not drained",
    given: ["create cluster c1", ["/apps", { cluster: "c1", apps: 2 }]],
    command: "update cluster c1 --drain",
    outcome: "failed_precondition",
    says: 'cluster "c1" has 2 apps assigned',
  },
  {
    rule: "a cluster that another queue names is not drained",
    given: ["create cluster c1", `create queue q1 ${QUEUE} --cluster c1`],
    command: "update cluster c1 --drain",
    outcome: "failed_precondition",
    says: 'while other queues name it: "q1"',
  },
  {
    rule: "a drained cluster is not drained again",
    given: ["create cluster c1", "update cluster c1 --drain"],
    command: "update cluster c1 --drain",
    outcome: "failed_precondition",
    says: 'cluster "c1" is drained already',
  },
  {
    rule: "a deleted cluster is not drained",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "update cluster c1 --drain",
    outcome: "failed_precondition",
    says: 'cluster "c1" is deleted',
  },
  {
    rule: "an active cluster is not activated",
    given: ["create cluster c1"],
    command: "update cluster c1 --activate",
    outcome: "failed_precondition",
    says: 'cluster "c1" is active already',
  },
  {
    rule: "a deleted cluster is not activated",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "update cluster c1 --activate",
    outcome: "failed_precondition",
    says: 'cluster "c1" is deleted',
  },
  {
    rule: "a cluster that another queue names is not deleted",
    given: ["create cluster c1", `create queue q1 ${QUEUE} --cluster c1`],
    command: "delete cluster c1 --yes",
    outcome: "failed_precondition",
    says: 'while other queues name it: "q1"',
  },
  {
    rule: "a deleted cluster is not deleted again",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "delete cluster c1 --yes",
    outcome: "failed_precondition",
    says: 'cluster "c1" is deleted',
  },
  {
    rule: "a cluster that is not there is not drained",
    command: "update cluster nowhere --drain",
    outcome: "unsent",
    says: 'cluster "nowhere" does not exist',
  },
  {
    rule: "a cluster that is not there is not shown",
    command: "get cluster nowhere",
    outcome: "unsent",
    says: 'cluster "nowhere" does not exist',
  },
  {
    rule: "a live cluster is not restored",
    given: ["create cluster c1"],
    command: "undelete cluster c1",
    outcome: "failed_precondition",
    says: 'cluster "c1" is not deleted',
  },
  {
    rule: "a cluster is not restored into a deleted pool",
    given: [PROD, "create cluster c1 --pool prod", "delete cluster c1 --yes", "delete cluster-pool prod --yes"],
    command: "undelete cluster c1",
    outcome: "failed_precondition",
    says: 'belongs to cluster pool "prod", which is deleted',
  },
];

describe("2026-11 refuses what breaks a rule of clusters, and the client says why", () => {
  test.each(REJECTIONS)("$rule", async (rejection) => {
    await checkRejection(await open(), rejection);
  });
});
