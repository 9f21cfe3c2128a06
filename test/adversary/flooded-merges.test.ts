/**
 * The attacker may only comment, on open requests as on merged ones, more often than there are calls for that: they want merges never to be settled, and approvals
 * not to be handed on to what was merged. Nor does anything else take the turn of a merge that its approver has made.
 */
import { expect, test } from "vitest";
import { cluster, queue } from "../daemon/manifests.ts";
import type { ForgedWorld, ForgeName } from "../daemon/open-forged-world.ts";
import { makeRounds } from "./make-rounds.ts";
import { callsSince, openMerged, PAGED, PAGES, useUp } from "./open-merged.ts";
import { approve, openShown, poolOf } from "./reject-request.ts";

/** The merged ones, and one whose approver has lost the right to write by the time when it is merged. */
async function openLost(kind: ForgeName) {
  const opened = await openMerged({ kind, ...PAGES });
  const { forged } = opened;
  const last = await openShown(forged, "last", { "clusters/c3.yaml": cluster("c3", "pa") });
  await forged.untilRecorded(last);
  await approve(forged, last);
  forged.forge.allow("boss", "read");
  return { ...opened, last };
}

/** What the daemon asks of these requests by their numbers. */
function countReads(forged: ForgedWorld, numbers: readonly number[], before: number): number {
  return callsSince(forged, before).filter((call) => numbers.some((number) => call.endsWith(`/${number}`))).length;
}

test.each(PAGED)(
  "comments on open requests keep no merge from being approved once that is possible, nor from being settled, on %s",
  async (kind) => {
    const { forged, numbers, advance, last } = await openLost(kind);
    const open: number[] = [];
    for (const branch of ["long", "longer"]) {
      const number = await openShown(forged, branch, { [`queues/${branch}.yaml`]: queue(branch, 1) });
      for (let time = 0; time < 240; time += 1) forged.forge.comment(number, "stranger", "hello");
      open.push(number);
    }
    const flood = async (minutes: number) => {
      for (let minute = 0; minute < minutes; minute += 1) {
        advance();
        for (const number of open) forged.forge.comment(number, "stranger", "well");
        await makeRounds(forged, last, 1);
      }
    };
    await flood(6);
    const commit = await forged.merge(last, "mona");
    await forged.daemon.untilState("AwaitingApproval", commit);
    await flood(1);
    await makeRounds(forged, last, 3);
    for (const number of [...numbers, last]) forged.forge.comment(number, "mona", "Merged.");
    forged.forge.allow("boss", "write");
    await flood(2);
    await forged.daemon.untilApplied(commit);
    await flood(2);
    const before = forged.forge.calls().length;
    await flood(2);
    expect(countReads(forged, [...numbers, last], before)).toBe(0);
  },
);

test("a merge has its free turn once more where the forge failed while its approval was handed on", async () => {
  const { forged, numbers, advance } = await openMerged({ kind: "github", ...PAGES });
  const [first = 0] = numbers;
  const last = await openShown(forged, "last", { "clusters/c3.yaml": cluster("c3", "pa") });
  await forged.untilRecorded(last);
  await approve(forged, last);
  await useUp(forged, first, advance);
  forged.forge.fault({ kind: "status", status: 403 }, { times: 1, call: /\/collaborators\/boss\/permission/ });
  const commit = await forged.merge(last, "mona");
  await forged.daemon.untilState("AwaitingApproval", commit);
  await makeRounds(forged, first, 3);
  await forged.daemon.untilApplied(commit);
});

test("one that can't be read is tried again a few times, and then once a minute, with all others", async () => {
  const { forged, numbers, advance } = await openMerged({ kind: "github" });
  const [first = 0, ...others] = numbers;
  forged.forge.fault({ kind: "status", status: 502 }, { times: 100_000, call: new RegExp(`/pulls/${first}$`) });
  advance();
  await makeRounds(forged, first, 2);
  const before = forged.forge.calls().length;
  await makeRounds(forged, first, 6);
  expect(countReads(forged, others, before)).toBe(0);
});

test("one that was found to be applied holds no other one though its comments can't be read", async () => {
  const { forged, numbers, advance } = await openMerged({ kind: "github" });
  const [first = 0, second = 0] = numbers;
  forged.forge.comment(first, "stranger", "hello");
  forged.forge.fault(
    { kind: "status", status: 403 },
    { times: 100_000, call: new RegExp(`/issues/${first}/comments`) },
  );
  advance();
  await approve(forged, second);
  for (const number of numbers) await forged.untilStatus(number, "apply", /^success: applied/);
  expect(poolOf(forged, "c1")).toBe("pb");
  const last = await openShown(forged, "last", { "clusters/c1.yaml": cluster("c1", "pa") });
  await forged.untilRecorded(last);
  await forged.daemon.untilApplied(await forged.merge(last, "boss"));
});

test("a look that is charged and fails holds the others, too", async () => {
  const { forged, numbers, advance, last } = await openLost("github");
  const [first = 0] = numbers;
  const commit = await forged.merge(last, "mona");
  await forged.daemon.untilState("AwaitingApproval", commit);
  await makeRounds(forged, first, 3);
  forged.forge.comment(first, "carol", "poolkeeper reject");
  forged.forge.fault(
    { kind: "status", status: 403 },
    { times: 100_000, call: new RegExp(`/issues/${first}/comments`) },
  );
  forged.forge.allow("boss", "write");
  advance();
  await makeRounds(forged, first, 3);
  expect([poolOf(forged, "c1"), (await forged.daemon.target()).approvals]).toEqual(["pa", []]);
  forged.forge.heal();
  advance();
  await makeRounds(forged, first, 1);
  await forged.untilStatus(last, "apply", /rejected by carol/);
  expect(poolOf(forged, "c1")).toBe("pa");
});
