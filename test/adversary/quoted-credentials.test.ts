/**
 * The attacker reads what poolkeeper prints. A server quotes what it holds: addresses of buckets with a user and a password, signed, or
 * with a token in their path, in why a cluster is not healthy and in its errors. What is quoted is masked as the address itself is.
 */
import { expect, test } from "vitest";
import { REPOSITORY } from "../cli/manifests.ts";
import { openAppliedDesk } from "../cli/run-program.ts";

const SIGNED = "s3://user:mark-password@bucket/x?X-Amz-Signature=mark-signature";
const MARK = /mark-|markmark/;

/** Addresses with credentials, and how they are shown. */
const ADDRESSES = [
  { what: "a signature", uri: SIGNED, shown: "s3://***@bucket/x?X-Amz-Signature=***" },
  { what: "a token in its path", uri: `s3://bucket/ghp_${"mark".repeat(9)}/x`, shown: "s3://bucket/***/x" },
];

test.each(ADDRESSES)("why a cluster is not healthy is shown without $what", async ({ uri, shown }) => {
  const desk = await openAppliedDesk(REPOSITORY);
  await desk.post("/report", {
    cluster: "c1",
    operator_cluster_data: { object_store_ref: { uri, endpoint: "" } },
  });
  await desk.post("/mutate", {
    ...{ op: "set", kind: "cluster_pool", name: "dev", path: "config.object_store_ref.uri", value: uri },
  });
  await desk.post("/report", {
    cluster: "c3",
    operator_cluster_data: { object_store_ref: { uri: "s3://elsewhere", endpoint: "" } },
  });
  desk.write({ "queues/batch.yaml": `${REPOSITORY["queues/batch.yaml"]}depth: 7\n` });
  const dir = desk.repository;
  for (const args of [["status"], ["status", "cluster.c1"], ["plan", dir], ["drift", dir], ["routing", dir]]) {
    for (const format of [[], ["--json"]]) {
      const { stdout, stderr } = await desk.run([...args, ...format]);
      expect([args, stdout + stderr]).toEqual([args, expect.not.stringMatching(MARK)]);
      if (args[0] === "status") expect(stdout).toContain(shown);
    }
  }
});

test("a wait for a cluster says what it waits for without them", async () => {
  const desk = await openAppliedDesk(REPOSITORY);
  const awaited = "name: c4\npool: prod\nlifecycle: { await: healthy }\n";
  desk.write({ "clusters/c4.yaml": awaited });
  await desk.post("/mutate", { op: "create", kind: "cluster", name: "c4", object: { pool: "prod" } });
  await desk.post("/report", {
    cluster: "c4",
    operator_cluster_data: { object_store_ref: { uri: SIGNED, endpoint: "" } },
  });
  for (const format of [[], ["--json"]]) {
    const { stdout, stderr } = await desk.run(["apply", desk.repository, "--auto-approve", "--wait", "1ms", ...format]);
    expect(stdout + stderr).not.toMatch(MARK);
  }
});

test.each(["invalid_argument", "permission_denied"])("an error that quotes them, %s", async (code) => {
  const desk = await openAppliedDesk(REPOSITORY);
  desk.write({ "queues/batch.yaml": `${REPOSITORY["queues/batch.yaml"]}depth: 7\n` });
  const message = `pool prod has "${SIGNED}"`;
  await desk.post("/faults", { method: "QueueService/UpdateQueue", code, count: 100, message });
  const applied = await desk.run(["apply", desk.repository, "--auto-approve"]);
  expect(applied.stdout + applied.stderr).toContain("pool prod has");
  expect(applied.stdout + applied.stderr).not.toMatch(MARK);
  await desk.post("/faults", { method: "QueueService/ListQueues", code, count: 100, message });
  const planned = await desk.run(["plan", desk.repository, "--json"]);
  expect(planned.stdout + planned.stderr).toContain("pool prod has");
  expect(planned.stdout + planned.stderr).not.toMatch(MARK);
});
