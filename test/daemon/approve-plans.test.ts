import { describe, expect, test } from "vitest";
import type { DaemonConfig } from "../../src/model/daemon/daemon-config.ts";
import type { PassRecord } from "../../src/model/passes/pass.ts";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { cluster, MOVE, queue } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon, type Settings } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const BACK = { "clusters/c1.yaml": cluster("c1", "pa") };
const OTHER_MOVE = { "clusters/c2.yaml": cluster("c2", "pb") };

/** A daemon that has applied everything. */
async function openApplied(
  settings?: Settings,
  adjust?: (config: DaemonConfig) => DaemonConfig,
): Promise<{ readonly world: DaemonWorld & { readonly first: string }; readonly daemon: RunningDaemon }> {
  const world = await openDaemonWorld();
  const daemon = await world.start(settings, adjust);
  await daemon.untilApplied(world.first);
  return { world, daemon };
}

/** A target with an approval that is open and has not begun: it is paused, and for less long than an approval holds. */
async function openPaused() {
  const { world, daemon } = await openApplied({});
  await daemon.send("/targets/prod/pause", { reason: "try", until: new Date(Date.now() + 3_600_000).toISOString() });
  const moved = await daemon.push(MOVE);
  await daemon.untilState("Paused", moved);
  const approved = await daemon.approve();
  expect(approved.status).toBe(201);
  return { world, daemon, moved, approval: String(approved.body.id) };
}

function poolOf({ served }: DaemonWorld, name: string) {
  return served.model.state.cluster.rows.get(name)?.pool;
}

describe("a plan above what runs by itself", () => {
  test("waits while the rest runs, and is carried out once it is approved by the command line, once", async () => {
    const { world, daemon } = await openApplied();
    const moved = await daemon.push({ ...MOVE, "queues/any.yaml": queue("any", 5) });
    const { passes } = await daemon.until(
      ({ last_pass, status }) =>
        last_pass?.revision === moved && last_pass.outcome.kind === "held" && status.state === "AwaitingApproval",
    );
    expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(5);
    expect(poolOf(world, "c1")).toBe("pa");
    const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: daemon.url, POOLKEEPER_SERVER_TOKEN: TOKENS.approve };
    // The whole plan as it was shown before its harmless part was carried out.
    const digest =
      passes.find(({ revision, outcome }) => revision === moved && outcome.kind === "applied")?.digest ?? "";
    const { code, stdout } = await runInProcess(["approve", digest.slice(0, 32), "--yes"], env, world.folder);
    expect([code, stdout]).toEqual([0, expect.stringContaining("Approved")]);
    const { applied, audit } = await daemon.untilApplied(moved);
    expect(applied[0]?.approval).not.toBeNull();
    expect(audit.find(({ action }) => action === "approve")).toMatchObject({ who: "approve", via: "cli" });
    expect(poolOf(world, "c1")).toBe("pb");

    await daemon.untilState("AwaitingApproval", await daemon.push(BACK));
    await daemon.approve();
    await daemon.until(() => poolOf(world, "c1") === "pa");
    const again = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", again);
    expect(poolOf(world, "c1")).toBe("pa");
  });

  test("counts as approved once, however often its approver repeats that, and is not approved again once it is applied", async () => {
    const { world, daemon } = await openApplied();
    await daemon.untilState("AwaitingApproval", await daemon.push(MOVE));
    const last = await world.hold({ method: "UpdateClusterState", after: 1 });
    const first = await daemon.approve();
    expect(await daemon.approve()).toMatchObject({ status: 201, body: { id: first.body.id } });
    const { digest } = first.body;
    const other = await daemon.approve([], "other");
    expect([other.status, other.body.error]).toEqual([409, expect.objectContaining({ code: "conflict" })]);
    await last.arrived();
    // The pass after it, which finds nothing to do, does not come so far.
    const next = await world.hold({ method: "ClusterPoolService/List" });
    await last.release();
    await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "applied" && last_pass.digest === digest);
    const late = await daemon.approve();
    await next.release();
    await daemon.until(({ last_pass }) => last_pass?.outcome.kind === "synced");
    expect([late.status, late.body.error]).toEqual([409, expect.objectContaining({ code: "stale" })]);
    const { audit, approvals } = await daemon.target();
    expect([audit.filter(({ action }) => action === "approve").length, approvals]).toEqual([1, []]);
  });

  test("is not applied under an approval that has expired", async () => {
    const { world, daemon } = await openApplied({}, (config) => ({
      ...config,
      targets: config.targets.map((target) => ({
        ...target,
        policy: { ...target.policy, approval: { ...target.policy.approval, expires_ms: 1_000 } },
      })),
    }));
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    // Until the approval is over, no pass comes so far as to decide.
    const held = await world.hold({ method: "ListClusters" });
    const { status, body } = await daemon.approve();
    expect(status).toBe(201);
    await waitFor(
      () => new Date().toISOString() > String(body.expires_at),
      () => "the time does not pass",
    );
    await held.release();
    await daemon.until(({ approvals }) => approvals.length === 0);
    await daemon.untilState("AwaitingApproval", moved);
    expect(poolOf(world, "c1")).toBe("pa");
  });

  test("is not applied under the approval of an older revision that did something else", async () => {
    const { world, daemon } = await openPaused();
    const newer = await daemon.push({ ...BACK, ...OTHER_MOVE });
    await daemon.until(({ approvals, last_pass }) => last_pass?.revision === newer && approvals.length === 0);
    await daemon.send("/targets/prod/resume", {});
    await daemon.untilState("AwaitingApproval", newer);
    expect([poolOf(world, "c1"), poolOf(world, "c2")]).toEqual(["pa", "pa"]);
  });

  test("is carried out under the approval of an older revision that did just the same", async () => {
    const { world, daemon, approval } = await openPaused();
    const newer = await daemon.push({ "README.md": "Nothing but words." });
    const { approvals } = await daemon.untilState("Paused", newer);
    expect(approvals.map(({ id }) => id)).toEqual([approval]);
    await daemon.send("/targets/prod/resume", {});
    const { applied } = await daemon.untilApplied(newer);
    expect([applied[0]?.approval, poolOf(world, "c1")]).toEqual([approval, "pb"]);
  });

  test("that was rejected is left, its approval ends, and it can be approved anew", async () => {
    const { world, daemon, moved } = await openPaused();
    const digest = (await daemon.target()).last_pass?.digest;
    expect((await daemon.send("/rejections", { digest, reason: "not before the release" }, "approve")).status).toBe(
      201,
    );
    await daemon.send("/targets/prod/resume", {});
    const { approvals, audit } = await daemon.untilState("AwaitingApproval", moved);
    expect([approvals, audit.some(({ action }) => action === "reject")]).toEqual([[], true]);
    expect(poolOf(world, "c1")).toBe("pa");
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(moved);
  });

  test("is approved only by those whom configuration and role allow it", async () => {
    const policy = { max_destroy_share: 1, approval: { approvers: ["approve"] } };
    const { daemon } = await openApplied({ policy });
    const moved = await daemon.push(MOVE);
    await daemon.untilState("AwaitingApproval", moved);
    const refused = await Promise.all((["read", "operate", "other"] as const).map((role) => daemon.approve([], role)));
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    const anonymous = await fetch(`${daemon.url}/api/v1/targets/prod/pause`, { method: "POST", body: "{}" });
    expect(anonymous.status).toBe(401);
    expect((await daemon.send("/targets/prod/pause", { reason: "try" }, "read")).status).toBe(403);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(moved);
  });
});

describe("an approval that overrides", () => {
  test("a failed check lets it through for that plan, and for no other", async () => {
    const rules = [
      { name: "no-moves", when: 'plan.changes.exists(c, c.action == "move")', severity: "fail", message: "No." },
    ];
    const { world, daemon } = await openApplied({ policy: { max_destroy_share: 1, rules } });
    const moved = await daemon.push(MOVE);
    const { status } = await daemon.untilState("Failed", moved);
    expect(status.reason).toBe("CheckFailed");
    expect(await daemon.approve()).toMatchObject({ status: 409, body: { error: { code: "needs_override" } } });
    expect(poolOf(world, "c1")).toBe("pa");
    expect((await daemon.approve(["rule:no-moves"])).status).toBe(201);
    await daemon.untilApplied(moved);
    await daemon.untilState("Failed", await daemon.push(OTHER_MOVE));
    expect(poolOf(world, "c2")).toBe("pa");
  });

  test.each([
    ["freeze", { freeze: { reason: "Release 7" } }],
    ["window", { windows: [{ name: "always", kind: "deny", schedule: "* * * * *", duration: "1h" }] }],
  ])("a %s lets its plan through, and nothing after it", async (name, policy) => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { max_destroy_share: 1, ...policy } });
    await daemon.untilState("Paused", world.first);
    expect(world.served.model.journal).toEqual([]);
    await daemon.approve([name]);
    await daemon.untilApplied(world.first);
    const { audit } = await daemon.target();
    expect(audit.find(({ action }) => action === "override")?.details).toMatchObject({ overrides: [name] });
    const next = await daemon.push({ "queues/any.yaml": queue("any", 5) });
    await daemon.untilState("Paused", next);
    expect(world.served.model.state.queue.rows.get("any")?.spec.run_concurrency).toBe(1);
  });
});

describe("whoever changes their mind while a plan is carried out", () => {
  test.each([
    ["a pause", "/targets/prod/pause", "/targets/prod/resume"],
    ["a rejection", "/rejections", null],
  ] as const)(
    "%s lets the call under way end, and nothing more is written until it may go on",
    async (_what, path, back) => {
      const { world, daemon } = await openApplied();
      const moved = await daemon.push(MOVE);
      await daemon.untilState("AwaitingApproval", moved);
      const held = await world.hold({ method: "UpdateClusterState" });
      const { body } = await daemon.approve();
      await held.arrived();
      const act = { reason: "not now", ...(back === null ? { digest: body.digest } : {}) };
      expect(await daemon.send(path, act, "approve")).toMatchObject({ status: 201 });
      await held.release();
      const isCancelled = ({ outcome }: PassRecord) => outcome.kind === "cancelled";
      // The next pass may follow at once.
      const { passes } = await daemon.until(({ passes: all }) => all.some(isCancelled));
      expect(passes.find(isCancelled)?.outcome).toMatchObject({
        message: expect.stringContaining("no further write is sent"),
      });
      expect([poolOf(world, "c1"), world.served.model.state.cluster.rows.get("c1")?.state]).not.toEqual([
        "pb",
        "active",
      ]);
      if (back === null) await daemon.untilState("AwaitingApproval", moved);
      else await daemon.send(back, {});
      if (back === null) await daemon.approve();
      await daemon.untilApplied(moved);
      expect(poolOf(world, "c1")).toBe("pb");
    },
  );
});
