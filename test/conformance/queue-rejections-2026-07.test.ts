import { describe, test } from "vitest";
import { checkRejection, type Rejection } from "./check-rejection.ts";
import { useRealClient } from "./open-world.ts";

const open = useRealClient("2026-07");

const PROD = "create cluster-pool prod --file prod.yaml";
const LIMITS = "--run-concurrency 1 --action-concurrency 2";
const QUEUE = `create queue q1 ${LIMITS}`;

const REJECTIONS: readonly Rejection[] = [
  {
    rule: "a queue's name is taken once",
    given: [QUEUE],
    command: QUEUE,
    outcome: "already_exists",
    says: 'queue "q1" exists already',
  },
  {
    rule: "the queue of a cluster has its name",
    given: ["create cluster c1"],
    command: `create queue c1 ${LIMITS}`,
    outcome: "already_exists",
    says: 'queue "c1" exists already',
  },
  {
    rule: "a queue belongs to no project",
    command: `${QUEUE} --project flytesnacks --domain development`,
    outcome: "invalid_argument",
    says: "queues belong to the organization",
  },
  {
    rule: "a queue belongs to no domain",
    command: `${QUEUE} --domain development`,
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
    rule: "a selector names clusters of the queue's pool",
    given: [PROD, "create cluster c1 --pool prod"],
    command: `${QUEUE} --cluster c1`,
    outcome: "failed_precondition",
    says: 'cluster "c1" of cluster pool "prod", but the queue routes in "default"',
  },
  {
    rule: "a selector is a star or names",
    given: ["create cluster c1"],
    command: `${QUEUE} --cluster c1 --cluster *`,
    outcome: "invalid_argument",
    says: 'the selector mixes "*" with names',
  },
  {
    rule: "an edited selector is not empty",
    given: ["create cluster c1", `${QUEUE} --cluster c1`],
    command: "update queue q1 --edit",
    edit: ["/^- c1/d", "s/^clusters:/clusters: []/"],
    outcome: "invalid_argument",
    says: "the selector is empty",
  },
  {
    rule: "both limits are required",
    command: "create queue q1 --run-concurrency 1",
    outcome: "unsent",
    says: "Missing option '--action-concurrency'",
    exitCode: 2,
  },
  {
    rule: "a queue is not drained, because that is not available yet",
    given: [QUEUE],
    command: "update queue q1 --drain",
    outcome: "failed_precondition",
    says: "not yet available",
  },
  {
    rule: "the queue default is not drained",
    given: ["create cluster c1"],
    command: "update queue default --drain",
    outcome: "failed_precondition",
    says: "not yet available",
  },
  {
    rule: "an active queue is not activated",
    given: [QUEUE],
    command: "update queue q1 --activate",
    outcome: "failed_precondition",
    says: "not yet available",
  },
  {
    rule: "a queue is not deleted, since the client has no such command",
    given: [QUEUE],
    command: "delete queue q1 --yes",
    outcome: "unsent",
    says: "No such command 'queue'",
    exitCode: 2,
  },
  {
    rule: "a queue that is not there is not shown",
    command: "get queue nowhere",
    outcome: "unsent",
    says: 'queue "nowhere" does not exist',
  },
  {
    rule: "a queue that is not there is not edited",
    command: "update queue nowhere --edit",
    outcome: "unsent",
    says: 'queue "nowhere" does not exist',
  },
];

describe("2026-07 refuses what breaks a rule of queues, and the client says why", () => {
  test.each(REJECTIONS)("$rule", async (rejection) => {
    await checkRejection(await open(), rejection);
  });
});
