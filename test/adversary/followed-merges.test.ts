/**
 * The attacker may only comment. Requests are merged and wait for an approval, a window or work, for days: with what each round calls because of them,
 * and because of comments on them, they want the rate limit of the daemon's token to be used up, and the rejection of an approver not to be read.
 */
import { describe, expect, test } from "vitest";
import { cluster } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings } from "../daemon/open-forged-world.ts";
import { makeRounds } from "./make-rounds.ts";
import { callsSince, flood, isOfComments, MERGED, openMerged, PAGED, PAGES, useUp } from "./open-merged.ts";
import { approve, openShown, poolOf, reject } from "./reject-request.ts";

test.each(FORGE_NAMES)("rounds without news read each merged request once a minute, on %s", async (kind) => {
  const { forged, numbers, advance } = await openMerged({ kind });
  for (const _minute of [1, 2]) {
    const before = forged.forge.calls().length;
    await makeRounds(forged, numbers[0] ?? 0, 6);
    expect(callsSince(forged, before)).toEqual([]);
    advance();
    await makeRounds(forged, numbers[0] ?? 0, 3);
    const calls = callsSince(forged, before);
    for (const number of numbers) expect(calls.filter((call) => call.endsWith(`/${number}`))).toHaveLength(1);
    expect(calls).toHaveLength(MERGED);
  }
});

test.each(PAGED)(
  "what strangers comment on merged requests uses up the calls for that alone, and no rejection there waits for them, on %s",
  async (kind) => {
    const { forged, numbers, advance } = await openMerged({ kind, ...PAGES });
    const [first = 0, second = 0] = numbers;
    await useUp(forged, first, advance);
    await reject(forged, second);
    await forged.untilStatus(second, "apply", /^failure: rejected by carol/);
    await reject(forged, first);
    await forged.untilStatus(first, "apply", /^failure: rejected by carol/);
    expect(poolOf(forged, "c1")).toBe("pa");
  },
);

test("where few calls are left, merged requests are read each ten minutes, comments there wait, and decisions do not", async () => {
  let left = 4_000;
  const { forged, numbers, advance } = await openMerged({ kind: "github", github: { left: () => left } });
  const [first = 0] = numbers;
  left = 900;
  await makeRounds(forged, first, 1);
  const calls: string[] = [];
  for (let minute = 0; minute < 9; minute += 1) {
    advance();
    calls.push(...(await flood(forged, first, 1)));
  }
  expect(calls).toEqual([]);
  advance();
  expect((await flood(forged, first, 2)).filter(isOfComments)).toEqual([]);
  await reject(forged, first);
  await forged.untilStatus(first, "apply", /^failure: rejected by carol/);
});

test.each(PAGED)(
  "the merge of an approver is carried out though strangers have used up the calls and comment there, on %s",
  async (kind) => {
    const { forged, numbers, advance } = await openMerged({ kind, ...PAGES });
    const last = await openShown(forged, "last", { "clusters/c3.yaml": cluster("c3", "pa") });
    await forged.untilRecorded(last);
    await useUp(forged, numbers[0] ?? 0, advance);
    const commit = await forged.betweenRounds(last, async () => {
      forged.forge.comment(last, "stranger", "hello");
      return forged.merge(last, "boss");
    });
    forged.forge.comment(last, "stranger", "well");
    await forged.daemon.untilApplied(commit);
    expect(poolOf(forged, "c1")).toBe("pb");
  },
);

describe("a rejection that no webhook reports", () => {
  /** A merge of `boss` that is to be carried out once the pause ends, followed beside others. */
  async function openPaused(given: ForgedSettings) {
    const opened = await openMerged(given);
    const { forged, numbers, advance } = opened;
    const last = await openShown(forged, "last", { "clusters/c3.yaml": cluster("c3", "pa") });
    await forged.untilRecorded(last);
    advance();
    await forged.daemon.send("/targets/prod/pause", { reason: "x" });
    const commit = await forged.merge(last, "boss");
    for (const _minute of [1, 2]) {
      advance();
      await makeRounds(forged, numbers[0] ?? 0, 3);
    }
    return { ...opened, last, commit };
  }

  test.each([
    ["its own, where strangers comment on others", { kind: "github", github: { pageLimit: 2 } }, "own"],
    ["its own, within the minute in which it was read", { kind: "gitlab" }, "own"],
    ["that of another one that is held with it", { kind: "github" }, "other"],
  ] as const)("holds a merge, as it is read before anything is handed on: %s", async (_, given, whose) => {
    const { forged, numbers, last, commit } = await openPaused(given);
    const [first = 0] = numbers;
    forged.forge.comment(whose === "own" ? last : first, "carol", "poolkeeper reject");
    forged.forge.advance(20_000);
    for (const number of numbers.slice(1)) forged.forge.comment(number, "stranger", "hi");
    await makeRounds(forged, first, 2);
    await forged.daemon.send("/targets/prod/resume", {});
    await forged.untilStatus(last, "apply", /rejected by carol/);
    await forged.daemon.untilState("AwaitingApproval", commit);
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test.each([
    ["itself", "/pulls/N$"],
    ["comments", "/issues/N/comments"],
  ] as const)("holds a merge beside another request whose %s can't be read, until it can", async (_, path) => {
    const { forged, numbers, advance, last, commit } = await openPaused({ kind: "github" });
    const [first = 0] = numbers;
    forged.forge.comment(first, "carol", "poolkeeper reject");
    forged.forge.advance(20_000);
    const call = new RegExp(path.replace("N", String(first)));
    forged.forge.fault({ kind: "status", status: 502 }, { times: 100_000, call });
    await forged.daemon.send("/targets/prod/resume", {});
    await forged.daemon.untilState("AwaitingApproval", commit);
    await makeRounds(forged, numbers[1] ?? 0, 2);
    expect([poolOf(forged, "c1"), (await forged.daemon.target()).approvals]).toEqual(["pa", []]);
    await forged.untilStatus(last, "apply", /^pending: its approval is handed on once comments are read/);
    await forged.untilSaid(last, /its approval is handed on once comments are read/);
    for (const number of numbers) expect(forged.status(number, "apply")).toMatch(/^pending: needs/);
    forged.forge.heal();
    advance();
    await makeRounds(forged, first, 1);
    await forged.untilStatus(last, "apply", /rejected by carol/);
    expect(poolOf(forged, "c1")).toBe("pa");
  });
});

test.each([
  [true, "a rejection among them holds it"],
  [false, "it is handed on then"],
] as const)(
  "an approval that can be handed on only later waits until comments are read again (rejected: %s): %s",
  async (isRejected, _) => {
    const { forged, numbers, advance } = await openMerged({ kind: "github" });
    const [first = 0] = numbers;
    const last = await openShown(forged, "last", { "clusters/c3.yaml": cluster("c3", "pa") });
    await forged.untilRecorded(last);
    await approve(forged, last);
    forged.forge.allow("boss", "read");
    const commit = await forged.merge(last, "mona");
    await forged.daemon.untilState("AwaitingApproval", commit);
    await makeRounds(forged, first, 3);
    forged.forge.allow("boss", "write");
    if (isRejected) forged.forge.comment(last, "carol", "poolkeeper reject");
    await makeRounds(forged, first, 3);
    expect((await forged.daemon.target()).approvals).toEqual([]);
    advance();
    await makeRounds(forged, first, 1);
    if (!isRejected) return void (await forged.daemon.untilApplied(commit));
    await forged.untilStatus(last, "apply", /rejected by carol/);
    await forged.daemon.untilState("AwaitingApproval", commit);
    expect(poolOf(forged, "c1")).toBe("pa");
  },
);
