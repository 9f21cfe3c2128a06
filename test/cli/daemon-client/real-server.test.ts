import { describe, expect, onTestFinished, test } from "vitest";
import { keepSituation, makeTarget } from "../../daemon/web/build-targets.ts";
import { createFakeService } from "../../daemon/web/fake-service.ts";
import { serveFake, TOKENS } from "../../daemon/web/serve-fake.ts";
import { makeEntry } from "../../model/make-entry.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";
import { homeIn } from "../run-program.ts";

const SITUATION = "2026-07-cluster-cannot-be-moved-though-the-policy-asks";

const ENTRIES = [1, 2, 3].map((seq) => makeEntry({ seq, ...(seq > 1 && { address: "queue.b", physical_name: "b" }) }));

/** The API as the daemon serves it, over a service that notes what it is asked for. */
async function serve() {
  const plan = keepSituation("production", SITUATION);
  const status = { state: "AwaitingApproval", reason: "Destructive", message: "A change wants an approval." } as const;
  const service = createFakeService({ targets: [makeTarget("production", status, { plan })], changes: ENTRIES });
  const serving = await serveFake(service, { read: "token" });
  onTestFinished(() => serving.close());
  const folder = makeTemporaryFolder();
  const run = (role: keyof typeof TOKENS, ...args: readonly string[]) => {
    const env = { POOLKEEPER_SERVER: serving.url, POOLKEEPER_SERVER_TOKEN: TOKENS[role].secret };
    return runInProcess(args, { ...homeIn(folder), ...env }, folder);
  };
  return { service, plan, run };
}

describe("the command line and the daemon's API", () => {
  test("agree on what is read", async () => {
    const { run } = await serve();
    for (const args of [
      ["targets"],
      ["history", "production"],
      ["history", "production", "--objects"],
      ["blame", "queue.b"],
      ["blame", "queue.a", "depth", "--target", "production"],
      ["audit"],
      ["audit", "production", "--limit", "3"],
    ]) {
      const { code, stdout, stderr } = await run("read", ...args);
      expect([code, stderr, stdout.length > 0]).toEqual([0, "", true]);
    }
  });

  test("agree on which writes are asked for: of one object, after a number, as lines of JSON", async () => {
    const { run } = await serve();
    const read = async (...args: readonly string[]) => {
      const { stdout } = await run("read", "history", "production", "--json", "--objects", ...args);
      return stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line));
    };
    expect(await read()).toEqual(ENTRIES.toReversed());
    expect(await read("queue.a")).toEqual([ENTRIES[0]]);
    expect(await read("--since", "1", "--limit", "1")).toEqual([ENTRIES[1]]);
    expect(await read("--since", "3")).toEqual([]);
  });

  test("agree on what is asked for, and the audit tells that it came from the command line", async () => {
    const { service, plan, run } = await serve();
    const asked: readonly (readonly [keyof typeof TOKENS, ...string[]])[] = [
      ["approve", "approve", plan.digest.slice(0, 32), "--yes", "--override", "window"],
      ["approve", "reject", plan.digest, "--reason", "not now"],
      ["operate", "pause", "production", "--until", "2126-01-01T00:00:00Z", "--address", "queue.batch"],
      ["operate", "pause", "production"],
      ["operate", "resume", "production"],
      ["operate", "reconcile", "production"],
      ["operate", "reconcile", "production", "--revision", "abcdef1"],
      ["operate", "reconcile", "production", "--follow"],
    ];
    for (const [role, ...args] of asked) {
      const { code, stderr } = await run(role, ...args);
      expect([args, code, stderr]).toEqual([args, 0, ""]);
    }
    expect(service.asked.map(({ what, options }) => ({ what, options }))).toEqual([
      { what: "approve", options: { target: "production", overrides: ["window"] } },
      { what: "reject", options: { reason: "not now" } },
      {
        what: "pause",
        options: { address: "queue.batch", until: "2126-01-01T00:00:00.000Z", reason: "no reason given" },
      },
      { what: "pause", options: { address: null, until: null, reason: "no reason given" } },
      { what: "resume", options: { address: null } },
      { what: "reconcile", options: { kind: "stay" } },
      { what: "reconcile", options: { kind: "pin", revision: "abcdef1" } },
      { what: "reconcile", options: { kind: "follow" } },
    ]);
    expect(new Set(service.asked.map(({ actor }) => actor.via))).toEqual(new Set(["cli"]));
  });

  test("agree on what is refused", async () => {
    const { service, plan, run } = await serve();
    const notAllowed = await run("operate", "approve", plan.digest, "--yes");
    expect([notAllowed.code, notAllowed.stderr]).toEqual([1, expect.stringContaining("failed: permission denied")]);
    const unknown = await run("read", "history", "staging");
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining("The target was not found")]);
    service.refuseWith({ code: "stale", message: "The plan is not the newest one." });
    const stale = await run("approve", "approve", plan.digest, "--yes");
    expect([stale.code, stale.stderr]).toEqual([5, expect.stringContaining("The plan is not the newest one")]);
  });
});
