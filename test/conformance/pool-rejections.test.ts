import { describe, test } from "vitest";
import { checkRejection, type Rejection } from "./check-rejection.ts";
import { useRealClient } from "./open-world.ts";

const PROD = "create cluster-pool prod --file prod.yaml";
const DEV = "create cluster-pool dev --file dev.yaml";
const QUEUE = "--run-concurrency 1 --action-concurrency 2";

const BOTH: readonly Rejection[] = [
  {
    rule: "a pool's name is taken once",
    given: [PROD],
    command: PROD,
    outcome: "already_exists",
    says: 'cluster pool "prod" exists already',
  },
  {
    rule: "two pools share no bucket",
    given: [PROD],
    command: "create cluster-pool prod-twin --file prod-twin.yaml",
    outcome: "failed_precondition",
    says: 'it is the metadata bucket of "prod"',
  },
  {
    rule: "an edited pool may not take the bucket of another",
    given: [PROD, DEV],
    command: "update cluster-pool dev",
    edit: ["s,gs://my-dev-bucket,s3://my-prod-bucket,", "s,https://storage.example.com,,"],
    outcome: "failed_precondition",
    says: 'it is the metadata bucket of "prod"',
  },
  {
    rule: "a pool's name is lower case",
    command: "create cluster-pool Prod_1 --file misspelt.yaml",
    outcome: "invalid_argument",
    says: "Prod_1",
  },
  {
    rule: "a pool's file adds clusters and moves none",
    given: [PROD, "create cluster dev-1 --pool prod"],
    command: DEV,
    outcome: "failed_precondition",
    says: 'member_clusters names cluster "dev-1" of cluster pool "prod"',
  },
  {
    rule: "a pool with clusters is not deleted",
    given: [PROD, "create cluster c1 --pool prod"],
    command: "delete cluster-pool prod --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "prod" still has clusters: "c1"',
  },
  {
    rule: "a pool that is not there is not deleted",
    command: "delete cluster-pool nowhere --yes",
    outcome: "not_found",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a pool that is not there is not updated",
    command: "update cluster-pool nowhere",
    outcome: "unsent",
    says: 'cluster pool "nowhere" does not exist',
  },
  {
    rule: "a pool is not deleted when the prompt is denied",
    given: [PROD],
    command: "delete cluster-pool prod",
    input: "n\n",
    outcome: "unsent",
    says: "Aborted.",
  },
];

/** There, deletion is for good, and queues stay. */
const ONLY_2026_07: readonly Rejection[] = [
  {
    rule: "the pool default is not deleted",
    command: "delete cluster-pool default --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "default" cannot be deleted',
  },
  {
    rule: "a pool that ever had a cluster is not deleted, because the cluster's queue stays",
    given: [PROD, "create cluster c1 --pool prod", "delete cluster c1 --yes"],
    command: "delete cluster-pool prod --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "prod" still has queues: "c1"',
  },
  {
    rule: "nothing is restored",
    given: [PROD, "delete cluster-pool prod --yes"],
    command: "undelete cluster-pool prod",
    outcome: "unsent",
    says: "No such command 'undelete'",
    exitCode: 2,
  },
];

/** There, deletion is soft. */
const ONLY_2026_11: readonly Rejection[] = [
  {
    rule: "the pool default is not deleted before its queue default",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "delete cluster-pool default --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "default" still has queues: "default"',
  },
  {
    rule: "a pool with a live queue is not deleted",
    given: [PROD, `create queue q1 ${QUEUE} --cluster-pool prod`],
    command: "delete cluster-pool prod --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "prod" still has queues: "q1"',
  },
  {
    rule: "a deleted pool is not deleted again",
    given: [PROD, "delete cluster-pool prod --yes"],
    command: "delete cluster-pool prod --yes",
    outcome: "failed_precondition",
    says: 'cluster pool "prod" is deleted already',
  },
  {
    rule: "a deleted pool keeps its name",
    given: [PROD, "delete cluster-pool prod --yes"],
    command: PROD,
    outcome: "already_exists",
    says: "undelete it to use the name again",
  },
  {
    rule: "a live pool is not restored",
    given: [PROD],
    command: "undelete cluster-pool prod",
    outcome: "failed_precondition",
    says: 'cluster pool "prod" is not deleted',
  },
  {
    rule: "a pool whose bucket was taken meanwhile is not restored",
    given: [PROD, "delete cluster-pool prod --yes", "create cluster-pool prod-twin --file prod-twin.yaml"],
    command: "undelete cluster-pool prod",
    outcome: "failed_precondition",
    says: 'it is the metadata bucket of "prod-twin"',
  },
  {
    rule: "a deleted pool is not shown by its name",
    given: [PROD, "delete cluster-pool prod --yes"],
    command: "get cluster-pool prod",
    outcome: "unsent",
    says: 'cluster pool "prod"',
  },
];

describe.each([
  ["2026-07", [...BOTH, ...ONLY_2026_07]],
  ["2026-11", [...BOTH, ...ONLY_2026_11]],
] as const)("%s refuses what breaks a rule of cluster pools, and the client says why", (generation, rejections) => {
  const open = useRealClient(generation);
  test.each(rejections)("$rule", async (rejection) => {
    await checkRejection(await open(), rejection);
  });
});
