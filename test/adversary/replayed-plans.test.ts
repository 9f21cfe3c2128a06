/**
 * The attacker may start a job that applies a plan file, or finds an old one that was authenticated in its day. With a store, a file is
 * applied once, and never over what was applied later. A file makes as few calls as a command line does.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checksumOf } from "../../src/cli/saved-plan/format-plan.ts";
import { canonicalJson } from "../../src/plan/compare/digest-plan.ts";
import { queue, REPOSITORY } from "../cli/manifests.ts";
import { type Desk, openDesk } from "../cli/run-program.ts";

const KEY = { POOLKEEPER_PLAN_KEY: "k".repeat(43) };
const any = (depth: number) => queue("any", "prod", ["*"], `depth: ${depth}\n`);
const depthOf = (desk: Desk) => desk.served.model.state.queue.rows.get("any")?.spec.depth;

async function openStoredDesk() {
  const desk = await openDesk();
  const store = ["--store", join(desk.folder, "store")];
  const run = async (...args: readonly string[]) => {
    const { code, stderr } = await desk.run([...args, ...store], KEY);
    return { code, stderr };
  };
  const apply = (path: string) => run("apply", path, "--auto-approve");
  const save = async (name: string) => {
    const file = join(desk.folder, name);
    expect(await run("plan", desk.repository, "--out", file)).toMatchObject({ code: 0 });
    return file;
  };
  desk.write({ ...REPOSITORY, "queues/any.yaml": any(11) });
  expect((await apply(desk.repository)).code).toBe(0);
  return { desk, apply, save };
}

describe("a plan file that was authenticated and applied", () => {
  test("is not applied again after the repository went back", async () => {
    const { desk, apply, save } = await openStoredDesk();
    desk.write({ "queues/any.yaml": any(12) });
    const file = await save("plan.json");
    expect((await apply(file)).code).toBe(0);
    desk.write({ "queues/any.yaml": any(11) });
    expect((await apply(desk.repository)).code).toBe(0);
    const { code, stderr } = await apply(file);
    expect([code, stderr]).toEqual([
      5,
      expect.stringMatching(/older than what was applied last: queue\.any is newer than the plan\. Plan again\./),
    ]);
    expect(depthOf(desk)).toBe(11);
  });

  test("does not bring back what was deleted since", async () => {
    const { desk, apply, save } = await openStoredDesk();
    desk.write({ "queues/late.yaml": queue("late", "prod", ["*"]) });
    const file = await save("plan.json");
    expect((await apply(file)).code).toBe(0);
    desk.write({ "queues/late.yaml": "" });
    for (let round = 0; round < 3; round += 1) await apply(desk.repository);
    const before = desk.served.model.journal.length;
    const { code, stderr } = await apply(file);
    expect([code, stderr]).toEqual([5, expect.stringContaining("Plan again")]);
    expect(desk.served.model.journal.length).toBe(before);
  });

  test("is applied again after an apply that was refused", async () => {
    const { desk, apply, save } = await openStoredDesk();
    desk.write({ "queues/any.yaml": any(12) });
    const file = await save("plan.json");
    await desk.post("/faults", { method: "QueueService/UpdateQueue", code: "permission_denied", count: 1 });
    expect([(await apply(file)).code, depthOf(desk)]).toEqual([1, 11]);
    expect([(await apply(file)).code, depthOf(desk)]).toEqual([0, 12]);
  });
});

test("a forged file that names more scopes than a command line may is refused, and nothing is called", async () => {
  const desk = await openDesk();
  desk.write(REPOSITORY);
  const file = join(desk.folder, "plan.json");
  expect((await desk.run(["plan", desk.repository, "--out", file])).code).toBe(0);
  const { checksum: _checksum, ...content } = JSON.parse(readFileSync(file, "utf8"));
  content.inputs.scopes = Array.from({ length: 1001 }, (_, at) => ({ domain: `d${at}`, project: null }));
  writeFileSync(file, JSON.stringify({ ...content, checksum: checksumOf(canonicalJson(content)) }));
  const nowhere = { POOLKEEPER_ENDPOINT: "http://127.0.0.1:9" };
  const { code, stderr } = await desk.run(["apply", file, "--auto-approve"], nowhere);
  expect([code, stderr]).toEqual([1, expect.stringContaining("inputs.scopes is not valid in a plan")]);
  const flags = Array.from({ length: 1001 }, (_, at) => ["--scope", `d${at}`]).flat();
  const planned = await desk.run(["plan", desk.repository, ...flags], nowhere);
  expect([planned.code, planned.stderr]).toEqual([1, expect.stringContaining("may be given 1000 times")]);
});
