/*
 * The attacker may open requests and push to branches. A forge counts a request as merged, by the same user, as soon as the branch has its newest
 * commit, however it came there. They want a plan to be approved by an approver who merged or pushed something else, which has that commit too.
 */

import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { approve, openGuarded, openShown, poolOf } from "./reject-request.ts";

const COUNTING = ["github", "gitlab"] as const;

const NONE = "0".repeat(40);
const IDENTITY = ["-c", "user.name=Mallory", "-c", "user.email=mallory@example.com"];

/** A request of the attacker's that needs an approval, with its newest commit. */
async function openPlanned(kind: "github" | "gitlab" | "gitea") {
  const forged = await openGuarded({ kind });
  const planned = await openShown(forged);
  await forged.untilRecorded(planned);
  return { forged, planned, head: forged.head(planned) };
}

/** A commit on top of another one that touches nothing of the target. */
const stack = ({ world }: ForgedWorld, from: string) =>
  world.repository.push({ "README.md": "A typo.\n" }, { branch: "docs", from });

/** A merge of a commit into the branch that nobody has pushed there yet, as a branch of its own. */
function mergeAside({ world: { repository } }: ForgedWorld, head: string): string {
  const tree = repository.ask("merge-tree", "--write-tree", "main", head).trim();
  const main = repository.ask("rev-parse", "main").trim();
  const sha = repository.ask(...IDENTITY, "commit-tree", tree, "-p", main, "-p", head, "-m", "docs").trim();
  repository.point("refs/heads/docs", sha);
  return sha;
}

/** Opens a draft of a commit, which also has these commits of another request; gives its number once it is recorded as one without a plan. */
async function openRecorded(forged: ForgedWorld, sha: string, others: readonly string[]): Promise<number> {
  const { forge, world, daemon } = forged;
  const commits = [...others, sha].map((one) => ({
    sha: one,
    author: "mallory",
    committer: "mallory",
    pusher: "mallory",
    before: NONE,
  }));
  const draft = forge.openRequest({
    ...{ title: "docs: fix a typo", author: "mallory", branch: "docs", base: "main", sha, draft: true, commits },
  });
  world.repository.point(
    forge.kind === "gitlab" ? `refs/merge-requests/${draft}/head` : `refs/pull/${draft}/head`,
    sha,
  );
  const opened = { kind: "request", number: draft, action: "opened" } as const;
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, opened);
  await forged.untilRecorded(draft);
  return draft;
}

/** The same, once a round is over since then. */
async function openDraft(...given: Parameters<typeof openRecorded>): Promise<number> {
  const draft = await openRecorded(...given);
  await given[0].betweenRounds(draft, async () => {});
  return draft;
}

/** Waits for a pass that saw the branch at a commit. */
const untilPassed = ({ daemon }: ForgedWorld, sha: string) =>
  waitFor(
    async () => (await daemon.target()).last_pass?.revision === sha,
    () => `no pass saw ${sha}`,
  );

/** The branch gets a commit, and the forge says of each request by which commit it was merged by `boss`. */
async function arrive(forged: ForgedWorld, sha: string, merged: readonly (readonly [number, string])[]) {
  const { forge, world, daemon } = forged;
  world.repository.point("refs/heads/main", sha);
  for (const [number, commit] of merged) forge.merge(number, "boss", commit);
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha });
}

/** It is held and says why, and a comment of an approver still approves it. */
async function expectUnapproved(forged: ForgedWorld, planned: number, revision: string, words: RegExp) {
  const { daemon } = forged;
  await daemon.untilState("AwaitingApproval", revision);
  await forged.untilSaid(planned, words);
  await daemon.reconciled();
  expect((await daemon.target()).approvals).toEqual([]);
  expect(poolOf(forged, "c1")).toBe("pa");
  await approve(forged, planned);
  await daemon.untilApplied(revision);
  expect(poolOf(forged, "c1")).toBe("pb");
}

const CONTAINED = /approves nothing: the branch may have got this commit by another merge or push/;

describe.each(COUNTING)(
  "on %s, the merge of something else that has a planned commit approves nothing of it",
  (kind) => {
    test("where a draft is stacked on it and merged by a fast-forward", async () => {
      const { forged, planned, head } = await openPlanned(kind);
      const sha = stack(forged, head);
      const draft = await openDraft(forged, sha, [head]);
      await arrive(forged, sha, [
        [draft, sha],
        [planned, head],
      ]);
      await expectUnapproved(forged, planned, sha, CONTAINED);
    });

    test("where a draft is stacked on it and merged by a merge commit", async () => {
      const { forged, planned, head } = await openPlanned(kind);
      const draft = await openDraft(forged, stack(forged, head), [head]);
      const commit = forged.world.repository.merge("refs/heads/docs");
      await arrive(forged, commit, [
        [planned, commit],
        [draft, commit],
      ]);
      await expectUnapproved(forged, planned, commit, CONTAINED);
    });

    test("where a draft's newest commit is a merge of it, and is merged by a fast-forward", async () => {
      const { forged, planned, head } = await openPlanned(kind);
      const sha = mergeAside(forged, head);
      const draft = await openDraft(forged, sha, [head]);
      await arrive(forged, sha, [
        [planned, sha],
        [draft, sha],
      ]);
      await expectUnapproved(forged, planned, sha, /approves nothing/);
    });

    test("where a draft is stacked on a merge of it, and is merged by a fast-forward", async () => {
      const { forged, planned, head } = await openPlanned(kind);
      const merge = mergeAside(forged, head);
      const sha = stack(forged, merge);
      const draft = await openDraft(forged, sha, [head, merge]);
      await arrive(forged, sha, [
        [planned, merge],
        [draft, sha],
      ]);
      await expectUnapproved(forged, planned, sha, CONTAINED);
    });

    test("where an approver pushes a branch that has it", async () => {
      const { forged, planned, head } = await openPlanned(kind);
      await forged.betweenRounds(planned, async () => {});
      const sha = stack(forged, head);
      await arrive(forged, sha, [[planned, head]]);
      await expectUnapproved(forged, planned, sha, CONTAINED);
    });

    test.each([
      ["at that commit", 0],
      ["at that commit, and at one after it,", 1],
    ])("where the branch was %s before a force push only", async (_how, more) => {
      const { forged, planned, head } = await openPlanned(kind);
      const { world, daemon, forge } = forged;
      const first = world.repository.ask("rev-parse", "main").trim();
      const deliver = (sha: string) =>
        forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha });
      const after = more === 0 ? [] : [stack(forged, stack(forged, head))];
      for (const sha of [head, ...after, first]) {
        world.repository.point("refs/heads/main", sha);
        await deliver(sha);
        await untilPassed(forged, sha);
      }
      await forged.untilSaid(planned, /digest/);
      await forged.untilStatus(planned, "apply", /^success/);
      await forged.betweenRounds(planned, async () => {});
      const sha = stack(forged, head);
      await arrive(forged, sha, [[planned, head]]);
      await expectUnapproved(forged, planned, sha, CONTAINED);
    });
  },
);

describe("the request's own merge approves its plan", () => {
  const untilMoved = async (forged: ForgedWorld, revision: string) => {
    await forged.daemon.untilApplied(revision);
    expect(poolOf(forged, "c1")).toBe("pb");
  };

  test.each(["github", "gitlab", "gitea"] as const)("on %s, by a fast-forward", async (kind) => {
    const { forged, planned, head } = await openPlanned(kind);
    await arrive(forged, head, [[planned, head]]);
    await untilMoved(forged, head);
  });

  test.each(COUNTING)("on %s, by a squash", async (kind) => {
    const { forged, planned, head } = await openPlanned(kind);
    const { repository } = forged.world;
    const tree = repository.ask("rev-parse", `${head}^{tree}`).trim();
    const main = repository.ask("rev-parse", "main").trim();
    const squashed = repository.ask(...IDENTITY, "commit-tree", tree, "-p", main, "-m", "move (#1)").trim();
    await arrive(forged, squashed, [[planned, squashed]]);
    await untilMoved(forged, squashed);
  });

  test.each(COUNTING)(
    "on %s, by a merge commit, after which the branch got another request's by a fast-forward",
    async (kind) => {
      const { forged, planned, head } = await openPlanned(kind);
      const commit = mergeAside(forged, head);
      const next = stack(forged, commit);
      const later = await openRecorded(forged, next, [commit]);
      const held = forged.holdRounds();
      await arrive(forged, commit, [[planned, commit]]);
      await untilPassed(forged, commit);
      // The round that sees both merges knows that the branch was at the first one.
      await arrive(forged, next, [[later, next]]);
      await held.arrived();
      held.release();
      await untilMoved(forged, next);
    },
  );

  test.each(COUNTING)("on %s, where the round that sees the merge has begun before it", async (kind) => {
    const { forged, planned, head } = await openPlanned(kind);
    const commit = mergeAside(forged, head);
    const next = stack(forged, commit);
    const later = await openDraft(forged, next, [commit]);
    await forged.betweenRounds(planned, async () => {
      await arrive(forged, commit, [[planned, commit]]);
      await untilPassed(forged, commit);
      await arrive(forged, next, [[later, next]]);
      await untilPassed(forged, next);
    });
    await untilMoved(forged, next);
  });

  test("on Gitea, which counts no other request as merged, also where the branch has more commits by the time it is looked at", async () => {
    const { forged, planned, head } = await openPlanned("gitea");
    const sha = stack(forged, head);
    await arrive(forged, sha, [[planned, head]]);
    await untilMoved(forged, sha);
  });
});
