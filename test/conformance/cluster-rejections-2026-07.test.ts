import { describe, test } from "vitest";
import { checkRejection, type Rejection } from "./check-rejection.ts";
import { useRealClient } from "./open-world.ts";

const open = useRealClient("2026-07");

const PROD = "create cluster-pool prod --file prod.yaml";

const REJECTIONS: readonly Rejection[] = [
  {
    rule: "a cluster is registered once",
    given: ["create cluster c1"],
    command: "create cluster c1",
    outcome: "already_exists",
    says: 'cluster "c1" is registered already, in cluster pool "default"',
  },
  {
    rule: "a registration that names another pool is refused",
    given: [PROD, "create cluster c1"],
    command: "create cluster c1 --pool prod",
    outcome: "failed_precondition",
    says: 'registered in cluster pool "default" and cannot change to "prod"; delete it and register it under a new name',
  },
  {
    rule: "a registration that leaves out the pool moves nothing to the pool default",
    given: [PROD, "create cluster c1 --pool prod"],
    command: "create cluster c1",
    outcome: "failed_precondition",
    says: 'registered in cluster pool "prod" and cannot change to "default"',
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
    rule: "a cluster that is not there is not deleted",
    command: "delete cluster nowhere --yes",
    outcome: "not_found",
    says: 'cluster "nowhere" does not exist',
  },
  {
    rule: "a deleted cluster is gone for good",
    given: ["create cluster c1", "delete cluster c1 --yes"],
    command: "get cluster c1",
    outcome: "unsent",
    says: 'cluster "c1" does not exist',
  },
  {
    rule: "a cluster is not deleted when the prompt is denied",
    given: ["create cluster c1"],
    command: "delete cluster c1",
    input: "n\n",
    outcome: "unsent",
    says: "Aborted.",
  },
  {
    rule: "a cluster is neither moved nor drained, since the client has no such command",
    given: [PROD, "create cluster c1"],
    command: "update cluster c1 --pool prod",
    outcome: "unsent",
    says: "No such command 'cluster'",
    exitCode: 2,
  },
];

describe("2026-07 refuses what breaks a rule of clusters, and the client says why", () => {
  test.each(REJECTIONS)("$rule", async (rejection) => {
    await checkRejection(await open(), rejection);
  });
});
