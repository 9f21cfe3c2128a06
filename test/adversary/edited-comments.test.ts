/**
 * The attacker may write to the repository, and so edit and delete anybody's comments on most forges, those of the daemon included. They
 * want others to approve a plan that they did not see.
 */
import { describe, expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedSettings, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

/** A request with a plan, and the daemon's comment on it. */
async function openShown(settings: ForgedSettings = {}) {
  const forged = await openForgedWorld(settings);
  const { forge, daemon, propose, untilStatus } = forged;
  forge.allow("hubot", "write");
  const number = await propose("move-c1", MOVE);
  await untilStatus(number, "apply", settings.requests === undefined ? /after the merge/ : /^pending: needs/);
  const own = forge.comments(number).find(({ author }) => author === forge.self);
  const [id, text] = [own?.id ?? "", own?.body ?? ""];
  const tellOf = (action: "edited" | "deleted") =>
    forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, {
      kind: "comment",
      number,
      comment: id,
      action,
      by: "mallory",
    });
  const lie = text.replace(/\*\*Plan:[^*]*\*\*/, "**No changes.**").replaceAll("cluster.c1", "nothing");
  return { ...forged, number, id, text, tellOf, lie, approve: `poolkeeper approve ${forged.digest(number)}` };
}

const RESTORED = /This comment was edited by `mallory`, and was restored/;

describe("the daemon's comment, edited by somebody else,", () => {
  test.each(FORGE_NAMES)(
    "is restored when %s tells of it, says by whom, and the audit has what it was made to say",
    async (kind) => {
      const { forge, daemon, number, id, lie, tellOf, betweenRounds, untilSaid, comment } = await openShown({
        kind,
        settings: { repository: { poll: "1h" } },
      });
      await betweenRounds(number, async () => {
        forge.editComment(number, id, `${forge.token}\n${lie}\u202e`);
        await tellOf("edited");
      });
      await untilSaid(number, RESTORED);
      await untilSaid(number, "cluster.c1");
      expect(comment(number)).not.toContain("No changes.");
      const { audit } = await daemon.target();
      const restored = audit.find(({ action }) => action === "restore_comment");
      expect(restored?.details).toMatchObject({
        by: "mallory",
        how: "edited",
        said: expect.stringContaining("No changes."),
      });
      expect(restored?.details.said).toContain("\\u202e");
      expect(restored?.details.said).not.toContain(forge.token);
      expect(audit.find(({ action }) => action === "alter_comment")).toMatchObject({ who: "mallory" });
    },
  );

  test("approves nothing for those who wrote while it was false, nor for those who merged then", async () => {
    const opened = await openShown({ requests: { approval: "explicit" } });
    const { forge, number, id, lie, approve, say, untilReacted, untilSaid, untilStatus } = opened;
    forge.editComment(number, id, lie);
    await untilReacted(number, await say(number, "hubot", approve), /^-1$/);
    await untilSaid(number, /was edited by a user with write access|was edited by/);
    await untilStatus(number, "apply", /^pending: needs/);
    await untilReacted(number, await say(number, "hubot", approve), /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by hubot/);
  });

  test("keeps a merge from approving, and the comment says why", async () => {
    const opened = await openShown({ settings: { repository: { poll: "1h" } } });
    const { forge, world, daemon, number, id, lie, merge, betweenRounds, untilSaid } = opened;
    const merged = await betweenRounds(number, async () => {
      forge.editComment(number, id, lie);
      return await merge(number, "hubot");
    });
    await daemon.untilState("AwaitingApproval", merged);
    await untilSaid(number, "this comment had been altered when it was merged");
    expect((await daemon.target()).approvals).toEqual([]);
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
    expect((await daemon.approve()).status).toBe(201);
    await daemon.untilApplied(merged);
  });

  test.each(FORGE_NAMES)(
    "keeps a merge from approving also where the text was set back before the daemon read it, on %s",
    async (kind) => {
      const opened = await openShown({ kind, settings: { repository: { poll: "1h" } } });
      const { forge, world, daemon, number, id, text, lie, merge, betweenRounds, untilSaid } = opened;
      const merged = await betweenRounds(number, async () => {
        forge.editComment(number, id, lie);
        forge.editComment(number, id, text);
        return await merge(number, "hubot");
      });
      await daemon.untilState("AwaitingApproval", merged);
      await untilSaid(number, "this comment had been altered when it was merged");
      expect((await daemon.target()).approvals).toEqual([]);
      expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
      const { audit } = await daemon.target();
      const restored = audit.find(({ action }) => action === "restore_comment");
      expect(restored?.details).toMatchObject({
        how: "edited",
        set_back: true,
        by: kind === "gitea" ? "unknown" : "mallory",
      });
    },
  );

  test("is noticed though the daemon had something else to write over it", async () => {
    const { forge, daemon, number, id, lie, pushTo, untilSaid } = await openShown({ kind: "github" });
    const read = forge.hold({ call: /^GET .*\/issues\/\d+\/comments/, answer: true, times: 1 });
    await pushTo(number, { "queues/any.yaml": queue("any", 7) });
    await waitFor(
      () => read.count() > 0,
      () => "the comments are not read",
    );
    forge.editComment(number, id, lie);
    read.release();
    await untilSaid(number, RESTORED);
    await untilSaid(number, "queue.any");
    const { audit } = await daemon.target();
    expect(audit.find(({ action }) => action === "restore_comment")?.details).toMatchObject({
      by: "mallory",
      said: expect.stringContaining("No changes."),
    });
  });

  test("comes back where it was deleted, and says so", async () => {
    const { forge, number, id, say, untilSaid, sticky } = await openShown();
    forge.deleteComment(number, id);
    await say(number, "hubot", "Where is it?");
    await untilSaid(number, "This comment was deleted by a user with write access, and was restored");
    expect(sticky(number)).toHaveLength(1);
  });
});

test("an approval is of the commit that its giver saw: a newer one with the same plan needs another", async () => {
  const { number, approve, say, pushTo, untilReacted, untilStatus } = await openShown({
    requests: { approval: "explicit" },
  });
  await untilReacted(number, await say(number, "hubot", approve), /^\+1$/);
  await untilStatus(number, "apply", /^success: approved by hubot/);
  await pushTo(number, { "README.md": "# Words alone\n" });
  await untilStatus(number, "apply", /^pending: needs/);
  await untilReacted(number, await say(number, "hubot", approve), /^\+1$/);
  await untilStatus(number, "apply", /^success: approved by hubot/);
});

describe("somebody's comment, edited in the second in which it was written,", () => {
  /** When the rejection is written: before a round of the daemon begins, or while one waits for the comments. */
  const moments = FORGE_NAMES.flatMap((kind) => [[kind, "before"] as const, [kind, "in"] as const]);
  test.each(moments)(
    "rejects where the forge told that it did, and approves nothing, on %s, %s a round",
    async (kind, when) => {
      const { forge, daemon, number, approve, say, untilReacted, untilStatus } = await openShown({
        ...{ kind, requests: { approval: "explicit" }, settings: { repository: { poll: "1h" } } },
      });
      const begin = () => forge.hold({ call: /^GET .*\/(issues|merge_requests)\/\d+\/(comments|notes)/ });
      const round = when === "in" ? begin() : undefined;
      if (round !== undefined) {
        await say(number, "mona", "What does it do?");
        await round.arrived();
      }
      const comment = forge.comment(number, "hubot", approve.replace("approve", "reject"));
      // The forge tells of the writing late: the edit is there before anybody reads.
      const told = round ?? begin();
      await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment });
      forge.editComment(number, comment, approve, { instant: true });
      told.release();
      await untilReacted(number, comment, /^-1$|^thumbsdown$/);
      await untilStatus(number, "apply", /^failure: rejected by hubot/);
      const answers = forge.comments(number).filter(({ author, id }) => author === forge.self && id !== comment);
      expect(answers.at(-1)?.body).toContain("The rejection by hubot stands");
    },
  );

  test("is refused where no webhook could have told of it, unless the configuration takes it", async () => {
    const settings = { repository: { webhook: undefined } };
    const strict = await openShown({ webhooks: false, requests: { approval: "explicit" }, settings });
    await strict.untilReacted(strict.number, await strict.say(strict.number, "hubot", strict.approve), /^-1$/);
    await strict.untilStatus(strict.number, "apply", /^pending: needs/);
    expect(strict.forge.comments(strict.number).at(-1)?.body).toContain("nothing proves that this comment is unedited");
    const requests = { approval: "explicit", unverified_comments: "accept" };
    const lenient = await openShown({ webhooks: false, requests, settings });
    await lenient.untilReacted(lenient.number, await lenient.say(lenient.number, "hubot", lenient.approve), /^\+1$/);
    await lenient.untilStatus(lenient.number, "apply", /^success: approved by hubot/);
  });

  test("is refused where the forge does not say whether somebody edited it", async () => {
    const opened = await openShown({
      kind: "github",
      github: { lacking: ["graphql"] },
      requests: { approval: "explicit" },
    });
    const { forge, number, approve, say, untilReacted, untilStatus } = opened;
    await untilReacted(number, await say(number, "hubot", approve), /^-1$/);
    await untilStatus(number, "apply", /^pending: needs/);
    expect(forge.comments(number).at(-1)?.body).toContain("does not say whether this comment was edited");
  });

  test("waits for the webhook where a poll was quicker, and counts once that says the same", async () => {
    const { forge, daemon, world, number, approve, untilReacted, untilStatus } = await openShown({
      ...{ requests: { approval: "explicit" }, settings: { repository: { poll: "1h" } } },
    });
    const comment = forge.comment(number, "hubot", approve);
    const looks = () => world.log.filter((line) => line.includes("Pull requests reviewed.")).length;
    const before = looks();
    await daemon.send("/targets/prod/reconcile", {});
    await waitFor(
      () => looks() > before,
      () => "nobody looks",
    );
    expect(forge.reactions(number, comment)).toEqual([]);
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment });
    await untilReacted(number, comment, /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by hubot/);
  });
});
