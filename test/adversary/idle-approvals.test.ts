/**
 * Nobody attacks here but the program's own word: an approval that can do nothing is answered as if it did something, and whoever gave
 * it goes home. It is refused, with what it needs.
 */
import { describe, expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { cluster, MOVE, queue } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type Settings } from "../daemon/open-daemon-world.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { moveByHand } from "../daemon/open-other-hands.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

async function openApplied(settings: Settings) {
  const world = await openDaemonWorld();
  const daemon = await world.start(settings);
  await daemon.untilApplied(world.first);
  return { world, daemon };
}

function runApprove(world: DaemonWorld, url: string, args: readonly string[]) {
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: url, POOLKEEPER_SERVER_TOKEN: TOKENS.approve };
  return runInProcess(["approve", ...args], env, world.folder);
}

const refused = (words: RegExp) => ({
  status: 409,
  body: { error: { code: "needs_override", message: expect.stringMatching(words) } },
});

describe("an approval that would let nothing run", () => {
  test("of drift that is only reported is refused by the API and the command line, and puts it back once that is named", async () => {
    const { world, daemon } = await openApplied({ drift: { action: "report" } });
    await moveByHand(world, "c2", "pb");
    const { last_pass } = await daemon.untilState("OutOfSync");
    const digest = last_pass?.digest ?? "";
    expect(await daemon.approve()).toMatchObject(refused(/drift \(Revert 1 object\)/));
    const bare = await runApprove(world, daemon.url, [digest, "--yes"]);
    expect([bare.code, bare.stdout]).toEqual([1, expect.stringContaining("--override drift   Revert 1 object")]);
    expect(bare.stderr).toContain(`poolkeeper approve ${digest.slice(0, 32)} --target prod --override drift`);
    expect((await daemon.target()).approvals).toEqual([]);
    expect(await runApprove(world, daemon.url, [digest, "--yes", "--override", "drift"])).toMatchObject({ code: 0 });
    await daemon.until(() => world.served.model.state.cluster.rows.get("c2")?.pool === "pa");
  });

  test("of a plan that a freeze holds is refused, and runs in spite of the freeze once that is named", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { freeze: { reason: "Release 7" } } });
    await daemon.untilState("Paused", world.first);
    expect(await daemon.approve()).toMatchObject(refused(/freeze \(Approve despite the freeze\).*Release 7/));
    expect((await daemon.approve(["freeze"])).status).toBe(201);
    await daemon.untilApplied(world.first);
  });

  test("is none where a freeze came after the approval that overrides one: it holds the rest, says so, and is offered", async () => {
    const { world, daemon } = await openApplied({});
    const freezing = (reason: string) => world.read({ policy: { freeze: { reason } } });
    await daemon.daemon.reload(freezing("Release 7"));
    await world.setWork("c1", 1);
    await daemon.untilState("Paused", await daemon.push(MOVE));
    expect((await daemon.approve(["freeze"])).status).toBe(201);
    await daemon.until(({ status }) => status.reason === "WorkInFlight");
    await daemon.daemon.reload(freezing("Incident"));
    const { status } = await daemon.until((target) => target.status.reason === "Frozen");
    await world.setWork("c1", 0);
    expect(status.message).toMatch(/Incident.*this one is newer/);
    await daemon.reconciled();
    const poolOf = () => world.served.model.state.cluster.rows.get("c1")?.pool;
    expect([poolOf(), (await daemon.target()).status.reason]).toEqual(["pa", "Frozen"]);
    expect(await daemon.approve()).toMatchObject(refused(/freeze \(Approve despite the freeze\).*Incident/));
    expect((await daemon.approve(["freeze"])).status).toBe(201);
    await daemon.until(() => poolOf() === "pb");
  });

  test("of a target that is paused until somebody resumes it is refused", async () => {
    const { daemon } = await openApplied({});
    await daemon.send("/targets/prod/pause", { reason: "incident" });
    await daemon.untilState("Paused", await daemon.push(MOVE));
    expect(await daemon.approve()).toMatchObject(refused(/paused \(Approve despite the pause\)/));
    const later = new Date(Date.now() + 3_600_000).toISOString();
    await daemon.send("/targets/prod/resume", {});
    await daemon.send("/targets/prod/pause", { reason: "incident", until: later });
    // That pause ends before the approval does.
    expect((await daemon.approve()).status).toBe(201);
  });

  test("of a blocked plan is refused, and what it needs behind the check is named with it", async () => {
    const rules = [{ name: "none", when: "plan.changes.size() > 0", severity: "fail", message: "Not today." }];
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { rules, freeze: { reason: "Release 7" } } });
    const { last_pass } = await daemon.until(({ last_pass: last }) => last?.digest != null);
    expect(await daemon.approve()).toMatchObject(refused(/freeze.*rule:none/));
    const shown = await runApprove(world, daemon.url, [last_pass?.digest ?? "", "--yes"]);
    expect(shown.stdout).toMatch(/Required overrides:\n {2}--override freeze .*\n {2}--override rule:none /);
    // No option of another command.
    expect(shown.stdout).toContain("Blocked by rule:none.");
    expect(shown.stdout).not.toContain("--allow");
    expect((await daemon.approve(["freeze"])).status).toBe(409);
    expect((await daemon.approve(["freeze", "rule:none"])).status).toBe(201);
    await daemon.untilApplied(world.first);
  });

  test("of a request whose plan a check stops is refused before its merge", async () => {
    const rules = [{ name: "none", when: "plan.changes.size() == 1", severity: "fail", message: "Not today." }];
    const forged = await openForgedWorld({ settings: { policy: { rules } } });
    const number = await forged.propose("move-c1", MOVE);
    await forged.untilStatus(number, "plan", /^failure: blocked by/);
    const given = await forged.say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await forged.untilReacted(number, given, /^-1$/);
    expect(forged.forge.comments(number).at(-1)?.body).toContain("A check blocks this plan");
  });

  test("is not what one is of which work has to drain first, or beside which other things run by themselves", async () => {
    const { world, daemon } = await openApplied({});
    await world.setWork("c1", 1);
    const moved = await daemon.push({ ...MOVE, "queues/any.yaml": queue("any", 5) });
    await daemon.untilState("AwaitingApproval", moved);
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilState("Waiting", moved);
    await world.setWork("c1", 0);
    await daemon.untilApplied(moved);
    const back = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa") });
    await daemon.untilState("AwaitingApproval", back);
  });
});
