/**
 * The attacker may write to the repository, and so edit anybody's comments on most forges. The daemon wrote its comment, or was about
 * to, and never got the answer: a connection was cut, or its process was killed. They want a merge, or a comment, to approve a plan that
 * nobody could read.
 */
import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, openForgedWorld } from "../daemon/open-forged-world.ts";
import type { Fault } from "../pull-requests/forge/forge-server.ts";
import { waitFor } from "../set-up/wait-for.ts";

const REWRITES = /^(PATCH|PUT) .*\/(comments|notes)\/\d+$/;
const CREATES = /^POST .*\/(comments|notes)$/;

/** A daemon that nothing wakes but what the test does. */
async function openQuiet(settings: ForgedSettings = {}) {
  const forged = await openForgedWorld({
    ...settings,
    settings: { policy: { approval: { approvers: ["boss", "approve"] } }, repository: { poll: "1h" } },
  });
  const { forge, world, propose } = forged;
  for (const login of ["boss", "mallory"]) forged.forge.allow(login, "write");
  const failures = () => world.log.filter((line) => line.includes("The pull requests could not be reviewed.")).length;
  /**
   * Does something whose review one round writes without getting an answer, then ends the daemon before another round may get one. That
   * round is the one that begins meanwhile, or `after` it.
   */
  const loseAnswer = async (
    fault: Fault["kind"] & ("cut_before" | "cut_after"),
    call: RegExp,
    act: () => unknown,
    after = 0,
  ) => {
    const round = forged.holdRounds({ times: 1 });
    await forged.daemon.send("/targets/prod/reconcile", {});
    await round.arrived();
    const before = failures();
    forge.fault({ kind: fault }, { call, times: 1_000 });
    forged.holdRounds({ after });
    await act();
    round.release();
    await waitFor(
      () => failures() > before,
      () => `no call failed\n${world.log.slice(-20).join("\n")}`,
    );
    await forged.daemon.daemon.stop();
    forge.heal();
    return forge.comments(1).find(({ author }) => author === forge.self);
  };
  const openShown = async () => {
    const number = await propose("change", { "queues/any.yaml": queue("any", 2) }, { author: "mallory" });
    await forged.untilStatus(number, "apply", /^success: applied after the merge/);
    return number;
  };
  /** Merges while no daemon runs. */
  const mergeUnseen = (number: number) => {
    const commit = world.repository.merge(forged.head(number));
    forge.merge(number, "boss", commit);
    return commit;
  };
  const pool = () => world.served.model.state.cluster.rows.get("c1")?.pool;
  return {
    ...{ ...forged, loseAnswer, openShown, mergeUnseen, pool },
    get daemon() {
      return forged.daemon;
    },
  };
}

/** A merge that is held, says why, and is applied once somebody approves it by the API. */
async function expectHeld(forged: Awaited<ReturnType<typeof openQuiet>>, merged: string, reason: string) {
  const { daemon, untilSaid, pool } = forged;
  await daemon.untilState("AwaitingApproval", merged);
  await untilSaid(1, reason);
  await untilSaid(1, "poolkeeper approve");
  expect((await daemon.target()).approvals).toEqual([]);
  expect(pool()).toBe("pa");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(merged);
}

const ALTERED = "this comment had been altered when it was merged";
const UNPROVEN = "it is not certain that this plan was shown when it was merged";
const NOT_SHOWN = "the plan was shown after it";

const lie = (text: string) => text.replaceAll("cluster.c1", "queue.any").replaceAll("pool", "run_concurrency");

describe.each(FORGE_NAMES)("on %s a merge approves nothing", (kind) => {
  test("where the comment was rewritten, made to lie, and set back, and the answer to the rewriting was lost", async () => {
    const forged = await openQuiet({ kind });
    const { forge, loseAnswer, openShown, mergeUnseen, pushTo, restart } = forged;
    const number = await openShown();
    const own = await loseAnswer("cut_after", REWRITES, () => pushTo(number, MOVE));
    const [id, text] = [own?.id ?? "", own?.body ?? ""];
    expect(text).toContain("cluster.c1");
    forge.editComment(number, id, lie(text));
    const merged = mergeUnseen(number);
    forge.editComment(number, id, text);
    await restart();
    await expectHeld(forged, merged, kind === "gitea" ? UNPROVEN : ALTERED);
  });

  test("where it was written for the first time so", async () => {
    const forged = await openQuiet({ kind });
    const { forge, loseAnswer, propose, mergeUnseen, restart } = forged;
    const own = await loseAnswer("cut_after", CREATES, () => propose("move", MOVE, { author: "mallory" }));
    const [id, text] = [own?.id ?? "", own?.body ?? ""];
    expect(text).toContain("cluster.c1");
    forge.editComment(1, id, lie(text));
    const merged = mergeUnseen(1);
    forge.editComment(1, id, text);
    await restart();
    await expectHeld(forged, merged, NOT_SHOWN);
  });

  test("where the comment still shows the plan of the commit before, as the rewriting never came to be", async () => {
    const forged = await openQuiet({ kind });
    const { loseAnswer, openShown, mergeUnseen, pushTo, restart } = forged;
    const number = await openShown();
    const own = await loseAnswer("cut_before", REWRITES, () => pushTo(number, MOVE));
    expect(own?.body).not.toContain("cluster.c1");
    const merged = mergeUnseen(number);
    await restart();
    await expectHeld(forged, merged, NOT_SHOWN);
  });

  test("where no comment was ever written", async () => {
    const forged = await openQuiet({ kind });
    const { loseAnswer, propose, mergeUnseen, restart } = forged;
    const own = await loseAnswer("cut_before", CREATES, () => propose("move", MOVE, { author: "mallory" }));
    expect(own).toBeUndefined();
    const merged = mergeUnseen(1);
    await restart();
    await expectHeld(forged, merged, NOT_SHOWN);
  });
});

describe.each(["github", "gitlab"] as const)("on %s, which says who wrote last,", (kind) => {
  test("a merge approves the plan whose writing was not answered, where nobody touched it", async () => {
    const forged = await openQuiet({ kind });
    const { loseAnswer, openShown, mergeUnseen, pushTo, restart, pool } = forged;
    const number = await openShown();
    await loseAnswer("cut_after", REWRITES, () => pushTo(number, MOVE));
    const merged = mergeUnseen(number);
    await restart();
    await forged.daemon.untilApplied(merged);
    expect(pool()).toBe("pb");
    const { audit } = await forged.daemon.target();
    expect(audit.filter(({ action }) => action === "approve").map(({ who }) => who)).toEqual(["boss"]);
  });
});

test.each(FORGE_NAMES)(
  "on %s a comment approves nothing that was written while the rewriting of the same plan had no answer and the comment lied",
  async (kind) => {
    const forged = await openQuiet({ kind, requests: { approval: "explicit", unverified_comments: "accept" } });
    const { forge, world, loseAnswer, propose, restart, untilStatus, untilReacted, digest } = forged;
    const number = await propose("move", MOVE, { author: "mallory" });
    await untilStatus(number, "apply", /^pending: needs/);
    const approve = `poolkeeper approve ${digest(number)}`;
    // The base moves elsewhere: the same plan, in another comment.
    const moveBase = () => {
      world.repository.push({ "README.md": "# Words alone\n" });
      return forged.daemon.send("/targets/prod/reconcile", {});
    };
    // The round that begins meanwhile has read the base already.
    const own = await loseAnswer("cut_after", REWRITES, moveBase, 1);
    const [id, text] = [own?.id ?? "", own?.body ?? ""];
    expect(digest(number)).toBe(approve.split(" ").at(-1));
    forge.editComment(number, id, lie(text));
    const comment = forge.comment(number, "boss", approve);
    forge.editComment(number, id, text);
    await restart();
    await untilReacted(number, comment, /^-1$|^thumbsdown$/);
    await untilStatus(number, "apply", /^pending: needs/);
    if (kind !== "gitea") await forged.untilSaid(number, "edited by `mallory`, and was restored");
    forge.advance(10_000);
    await untilReacted(number, await forged.say(number, "boss", approve), /^\+1$|^thumbsup$/);
  },
);
