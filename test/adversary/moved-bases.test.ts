import { describe, expect, test } from "vitest";
import { cluster, FILES, type Files, MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker may open requests and has them merged. They want the review that was shown for one state of the branch to count for
 * another one, on which the same commit changes more: so they choose the moment at which the branch has a part of it already, or has
 * it no more. The target applies everything by itself.
 */

const ALL = { policy: { auto_apply: "all" } };
const OTHER: Files = { "queues/any.yaml": queue("any", 7) };

function poolOf({ world }: ForgedWorld, name: string): string | undefined {
  return world.served.model.state.cluster.rows.get(name)?.pool;
}

/** From now on the forge takes nothing that is said of a request, so that what was said last stays. */
function freezeReviews({ forge }: ForgedWorld): void {
  forge.fault({ kind: "status", status: 403 }, { call: /^(?:POST|PATCH|PUT) .*(?:comments|statuses)/, times: 100_000 });
}

/**
 * Opens a request that is looked at while the branch has what MOVE changes already, and takes that off the branch again. What was said of
 * the request stays.
 */
async function proposeOnMoved(forged: ForgedWorld, files: Files): Promise<number> {
  const { daemon, forge } = forged;
  const number = await forged.propose("attack", files, { base: "dev" });
  await daemon.untilApplied(await daemon.push(MOVE, { message: "Move it by hand" }));
  forge.changeRequest(number, { base: "main" });
  await forged.tell(number, "edited");
  await forged.untilStatus(number, "apply", /^success/);
  freezeReviews(forged);
  await daemon.untilApplied(await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa") }));
  expect(poolOf(forged, "c1")).toBe("pa");
  return number;
}

describe("what was said of a request while the branch had its changes already counts for no merge that brings them", () => {
  test.each([
    ["no change of manifests", MOVE, /Request 1 was merged without .*: no plan of its newest commit was published/],
    [
      "the other change alone",
      { ...MOVE, ...OTHER },
      /Request 1 was merged without .*: its plan was made on another state/,
    ],
  ] as const)("where it said %s", async (_, files, why) => {
    const forged = await openForgedWorld({ settings: ALL });
    const number = await proposeOnMoved(forged, files);
    const merged = await forged.merge(number, "mona");
    const { status, last_pass } = await forged.daemon.untilState("AwaitingApproval", merged);
    expect(last_pass?.outcome).toMatchObject({ held: [{ reason: "unreviewed" }, ...(files === MOVE ? [] : [{}])] });
    expect(status.message).toMatch(why);
    expect(poolOf(forged, "c1")).toBe("pa");
    forged.forge.heal();
    await forged.untilSaid(number, /held: it needs an approval/);
    expect(await forged.daemon.approve()).toMatchObject({ status: 201 });
    await forged.daemon.untilApplied(merged);
    expect(poolOf(forged, "c1")).toBe("pb");
    await forged.untilSaid(number, "Applied");
  });
});

test("a request that another one came before, in other files, is merged as it was shown", async () => {
  const forged = await openForgedWorld({ settings: ALL });
  const [first, second] = [await forged.propose("first", OTHER), await forged.propose("second", MOVE)];
  for (const number of [first, second]) await forged.untilStatus(number, "apply", /^success/);
  await forged.daemon.daemon.stop();
  for (const number of [first, second]) {
    const branch = number === first ? "first" : "second";
    forged.forge.merge(number, "mona", forged.world.repository.merge(`refs/heads/${branch}`));
  }
  await forged.restart();
  await forged.daemon.untilApplied(forged.world.repository.ask("rev-parse", "refs/heads/main"));
  expect(poolOf(forged, "c1")).toBe("pb");
});

test("a request whose file another one changed in between is held: its plan did not show that content", async () => {
  const both = (c2: string, c3: string): Files => ({
    "clusters/both.yaml": [cluster("c2", c2), cluster("c3", c3)].join("---\n"),
  });
  const { "clusters/c2.yaml": _c2, "clusters/c3.yaml": _c3, ...rest } = FILES;
  const forged = await openForgedWorld({ settings: ALL, files: { ...rest, ...both("pa", "pb") } });
  const { repository } = forged.world;
  const first = await forged.propose("first", both("pa", "pa"));
  const second = await forged.propose("second", both("pb", "pb"));
  for (const number of [first, second]) await forged.untilStatus(number, "apply", /^success/);
  await forged.daemon.daemon.stop();
  forged.forge.merge(first, "mona", repository.merge("refs/heads/first"));
  const merged = repository.merge("refs/heads/second");
  forged.forge.merge(second, "mona", merged);
  await forged.restart();
  const { status } = await forged.daemon.untilState("AwaitingApproval", merged);
  expect(status.message).toMatch(/Request 2 was merged without .*: its plan was made on another state/);
  expect([poolOf(forged, "c2"), poolOf(forged, "c3")]).toEqual(["pa", "pb"]);
});
