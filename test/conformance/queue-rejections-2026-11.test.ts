import { describe, test } from "vitest";
import { checkRejection, type Rejection } from "./check-rejection.ts";
import { useRealClient } from "./open-world.ts";

const open = useRealClient("2026-11");

const PROD = "create cluster-pool prod --file prod.yaml";
const LIMITS = "--run-concurrency 1 --action-concurrency 2";
const QUEUE = `create queue q1 ${LIMITS}`;
const DRAIN = "update queue q1 --drain";
const DELETE = "delete queue q1 --yes";

const WRITES: readonly Rejection[] = [
  {
    rule: "a queue's name is taken once",
    given: [QUEUE],
    command: QUEUE,
    outcome: "already_exists",
    says: 'queue "q1" exists already',
  },
  {
    rule: "a queue takes no cluster's name",
    given: ["create cluster c1"],
    command: `create queue c1 ${LIMITS}`,
    outcome: "already_exists",
    says: 'queue "c1" exists already',
  },
  {
    rule: "a deleted queue keeps its name",
    given: [QUEUE, DRAIN, DELETE],
    command: QUEUE,
    outcome: "already_exists",
    says: "undelete it to use the name again",
  },
  {
    rule: "a queue belongs to no project",
    command: `${QUEUE} --project flytesnacks --domain development`,
    outcome: "invalid_argument",
    says: "queues belong to the organization",
  },
  {
    rule: "a queue's name is lower case",
    command: `create queue Bad_Name ${LIMITS}`,
    outcome: "invalid_argument",
    says: "id.name",
  },
  {
    rule: "a queue's pool exists",
    command: `${QUEUE} --cluster-pool nowhere`,
    outcome: "not_found",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a selector names clusters that are there",
    command: `${QUEUE} --cluster nowhere`,
    outcome: "not_found",
    says: 'the selector names cluster "nowhere", which does not exist',
  },
  {
    rule: "a selector names live clusters",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: `${QUEUE} --cluster c1`,
    outcome: "failed_precondition",
    says: 'the selector names cluster "c1", which is deleted',
  },
  {
    rule: "a selector names clusters of the queue's pool",
    given: [PROD, "create cluster c1 --pool prod"],
    command: `${QUEUE} --cluster c1`,
    outcome: "failed_precondition",
    says: 'cluster "c1" of cluster pool "prod", but the queue routes in "default"',
  },
  {
    rule: "an edited selector is a star or names",
    given: ["create cluster c1", `${QUEUE} --cluster c1`],
    command: "update queue q1 --edit",
    edit: ["/^clusters:/d", "s/^- c1/clusters: [c1, '*']/"],
    outcome: "invalid_argument",
    says: 'the selector mixes "*" with names',
  },
  {
    rule: "a queue of a cluster keeps that cluster as its selector",
    given: ["create cluster c1", "create cluster c2"],
    command: "update queue c1 --edit",
    edit: ["s/^- c1/- c2/"],
    outcome: "failed_precondition",
    says: 'queue "c1" is managed by the cluster of its name',
  },
  {
    rule: "a queue of a cluster keeps the cluster's pool, even when drained",
    given: [PROD, "create cluster c1", "update queue c1 --drain"],
    command: "update queue c1 --edit",
    edit: ["s/^cluster_pool:.*/cluster_pool: prod/"],
    outcome: "failed_precondition",
    says: 'queue "c1" is managed by the cluster of its name',
  },
  {
    rule: "an active queue keeps its pool",
    given: [PROD, QUEUE],
    command: "update queue q1 --edit",
    edit: ["s/^cluster_pool:.*/cluster_pool: prod/"],
    outcome: "failed_precondition",
    says: "only a drained queue can change its cluster pool",
  },
  {
    rule: "a drained queue does not go to a pool that its selector is not within",
    given: [PROD, "create cluster c1", `${QUEUE} --cluster c1`, DRAIN],
    command: "update queue q1 --edit",
    edit: ["s/^cluster_pool:.*/cluster_pool: prod/"],
    outcome: "failed_precondition",
    says: 'cluster "c1" of cluster pool "default", but the queue routes in "prod"',
  },
  {
    rule: "a drained queue does not go to a pool that is not there",
    given: [QUEUE, DRAIN],
    command: "update queue q1 --edit",
    edit: ["s/^cluster_pool:.*/cluster_pool: nowhere/"],
    outcome: "not_found",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a deleted queue is not updated",
    given: [QUEUE, DRAIN, DELETE],
    command: "update queue q1 --max-resources cpu=1",
    outcome: "failed_precondition",
    says: 'queue "q1" is deleted',
  },
];

const STATES: readonly Rejection[] = [
  {
    rule: "a drained queue is not drained again",
    given: [QUEUE, DRAIN],
    command: DRAIN,
    outcome: "failed_precondition",
    says: 'queue "q1" is drained already',
  },
  {
    rule: "an active queue is not activated",
    given: [QUEUE],
    command: "update queue q1 --activate",
    outcome: "failed_precondition",
    says: 'queue "q1" is active already',
  },
  {
    rule: "a queue of a drained cluster is not activated alone",
    given: ["create cluster c1", "update cluster c1 --drain"],
    command: "update queue c1 --activate",
    outcome: "failed_precondition",
    says: 'queue "c1" belongs to cluster "c1", which is drained',
  },
  {
    rule: "an active queue is not deleted",
    given: [QUEUE],
    command: DELETE,
    outcome: "failed_precondition",
    says: 'queue "q1" is active; drain it before it is deleted',
  },
  {
    rule: "a deleted queue is not deleted again",
    given: [QUEUE, DRAIN, DELETE],
    command: DELETE,
    outcome: "failed_precondition",
    says: 'queue "q1" is deleted',
  },
  {
    rule: "a queue that settings name for runs is not deleted",
    given: [QUEUE, DRAIN, ["/settings", { scope: "production", default_queue: "q1" }]],
    command: DELETE,
    outcome: "failed_precondition",
    says: 'queue "q1" is run.default_queue in settings of "production"',
  },
  {
    rule: "a live queue is not restored",
    given: [QUEUE],
    command: "undelete queue q1",
    outcome: "failed_precondition",
    says: 'queue "q1" is not deleted',
  },
  {
    rule: "a queue that is still deleting is not restored",
    given: [QUEUE, ["/inflight", { queue: "q1", actions: 3 }], DRAIN, DELETE],
    command: "undelete queue q1",
    outcome: "failed_precondition",
    says: 'queue "q1" is still deleting',
  },
  {
    rule: "a queue is not restored into a deleted pool",
    given: [PROD, `${QUEUE} --cluster-pool prod`, DRAIN, DELETE, "delete cluster-pool prod --yes"],
    command: "undelete queue q1",
    outcome: "failed_precondition",
    says: 'belongs to cluster pool "prod", which is deleted',
  },
  {
    rule: "a queue is not restored onto a deleted cluster",
    given: ["create cluster c1", `${QUEUE} --cluster c1`, DRAIN, DELETE, "delete cluster c1 --yes"],
    command: "undelete queue q1",
    outcome: "failed_precondition",
    says: 'cluster "c1", which is deleted',
  },
  {
    rule: "a queue of a deleted cluster is restored with the cluster only",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "undelete queue c1",
    outcome: "failed_precondition",
    says: 'queue "c1" belongs to cluster "c1"',
  },
  {
    rule: "a queue that is not there is not drained",
    command: "update queue nowhere --drain",
    outcome: "unsent",
    says: 'queue "nowhere" does not exist',
  },
];

/** What the client itself refuses before it sends anything. */
const COMMAND_LINES: readonly Rejection[] = (
  [
    ["GPUs are no resource", `${QUEUE} --max-resources gpu=1`, 2, "gpu"],
    ["only NVIDIA is capped without a device", `${QUEUE} --max-accelerators google_tpu=1`, 2, "google_tpu"],
    ["an accelerator has a known name", `${QUEUE} --max-accelerators foo=1`, 2, "foo"],
    ["a cap of accelerators is positive", `${QUEUE} --max-accelerators H100=0`, 1, "positive"],
    ["a priority is one of three", `${QUEUE} --priority urgent`, 2, "urgent"],
    ["a scheduling is one of two", `${QUEUE} --scheduling lifo`, 2, "lifo"],
    ["deleted queues are listed, not asked for by name", "get queue q1 --deleted", 1, "--deleted"],
    ["a state narrows a list, not one queue", "get queue q1 --state active", 1, "--state"],
  ] as const
).map(([rule, command, exitCode, says]) => ({ rule, command, exitCode, says, outcome: "unsent" }));

describe.each([
  ["what breaks a rule of a queue's spec", WRITES],
  ["what breaks a rule of a queue's states", STATES],
  ["a wrong command line before it is sent", COMMAND_LINES],
])("2026-11: %s is refused, and the client says why", (_kind, rejections) => {
  test.each(rejections)("$rule", async (rejection) => {
    await checkRejection(await open(), rejection);
  });
});
