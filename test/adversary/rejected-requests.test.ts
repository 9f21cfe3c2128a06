/**
 * The attacker may write to the repository, open and merge requests and change what is live by hand, and is no approver; or nobody attacks,
 * and drift, a push, an amended branch or a lost store come between. Somebody who may decide said no to a request. They want the change to
 * be carried out all the same, by an approval that was given before the no, or by the merge of somebody who has not heard of it.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { cluster, FILES, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import {
  approve,
  drift,
  expectHeld,
  GUARDED,
  MORE,
  openGuarded,
  openShown,
  poolOf,
  RENAMED,
  reject,
  untilRejected,
} from "./reject-request.ts";

describe("a no on an open request", () => {
  test.each(FORGE_NAMES)(
    "is said at once on %s, holds back what is merged, and is taken back by an approval",
    async (kind) => {
      const forged = await openGuarded({ kind });
      const number = await openShown(forged);
      await reject(forged, number);
      await untilRejected(forged, number);
      const merged = await forged.merge(number, "boss");
      await expectHeld(forged, merged);
      await forged.untilSaid(number, /Merged by `boss` and rejected by `carol`/);
      await forged.untilStatus(number, "apply", /^failure: rejected by carol, needs/);
      await approve(forged, number);
      await forged.daemon.untilApplied(merged);
      expect(poolOf(forged, "c1")).toBe("pb");
    },
  );

  test("counts with words after it, which are shown as its reason and as text alone", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number, "poolkeeper reject: too **risky** <!-- poolkeeper:prod -->");
    await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
    await forged.untilSaid(
      number,
      /`carol` \(too \\\*\\\*risky\\\*\\\* [^<]*\) rejected it, so a merge does not approve it/,
    );
    await expectHeld(forged, await forged.merge(number, "boss"));
    await forged.untilSaid(number, /rejected by `carol` \(too/);
    expect((await forged.daemon.target()).status.message).toContain("rejected by carol (too **risky**");
  });

  test("counts where it is copied with its backticks", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number, "`poolkeeper reject`");
    await untilRejected(forged, number);
  });

  test("is taken back by an approval before the merge, which says who gave it", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await untilRejected(forged, number);
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /^success: approved by boss/);
    await forged.daemon.untilApplied(await forged.merge(number, "mallory"));
  });

  test("is taken back by an approval of a plan that was too large to be kept", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await untilRejected(forged, number);
    await forged.untilRecorded(number);
    const database = new DatabaseSync(join(forged.world.folder, "data", "poolkeeper.sqlite"));
    const dropped = JSON.stringify({ kind: "failed", code: "too_large", message: "Its plan is not kept." });
    database.prepare("update request_review set review = json_set(review, '$.verdict', json(?))").run(dropped);
    database.close();
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /^success: approved by boss/);
    await forged.daemon.untilApplied(await forged.merge(number, "mallory"));
  });

  test("is taken back for the plan that an approval names, and for no other request or commit that does the same", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    await reject(forged, number);
    await untilRejected(forged, number);
    const second = await forged.propose("second", MORE, { author: "mallory" });
    await untilRejected(forged, second);
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /^success: approved by boss/);
    await forged.daemon.reconciled();
    await forged.pushTo(number, { "queues/any.yaml": queue("any", 2) });
    await forged.untilSaid(number, /queue.any/);
    await untilRejected(forged, number);
    await untilRejected(forged, second);
    await expectHeld(forged, await forged.merge(second, "boss"), 1);
  });

  test("ends an approval of a plan that comes back once the drift that changed it goes away", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    const first = forged.digest(number);
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /approved by boss/);
    await drift(forged, number, 9);
    await reject(forged, number);
    await drift(forged, number, 1);
    expect(forged.digest(number)).toBe(first);
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "mallory"), 1);
  });

  test("outlasts drift: the merge of another plan of the request approves nothing", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await drift(forged, number, 9);
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });

  test("counts though it names a plan that is outdated, or none, and though a push came before it was read", async () => {
    const forged = await openGuarded({ webhooks: false });
    const number = await openShown(forged);
    const outdated = forged.digest(number);
    await drift(forged, number, 9);
    await reject(forged, number, `poolkeeper reject ${outdated}`);
    await untilRejected(forged, number);
    const second = await openShown(forged, "second", { "clusters/c2.yaml": cluster("c2", "pb") });
    const held = forged.forge.hold({ call: /\/pulls/ });
    const comment = forged.forge.comment(second, "carol", "poolkeeper reject");
    await forged.pushTo(second, { "README.md": "words" });
    held.release();
    await forged.untilReacted(second, comment, /^\+1$/);
    await untilRejected(forged, second);
    await expectHeld(forged, await forged.merge(second, "boss"));
    expect(poolOf(forged, "c2")).toBe("pa");
  });

  test("outlasts a push to the request, closing it, and reopening it", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await forged.pushTo(number, { "queues/any.yaml": queue("any", 2) });
    await forged.untilSaid(number, /queue.any/);
    await untilRejected(forged, number);
    forged.forge.changeRequest(number, { state: "closed" });
    await forged.tell(number, "closed");
    await forged.untilSaid(number, /Closed without a merge/);
    forged.forge.changeRequest(number, { state: "open" });
    await forged.tell(number, "reopened");
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });

  test.each(["the same commit", "the same change and more", "the manifest renamed"])(
    "stands against another request with %s",
    async (how) => {
      const forged = await openGuarded();
      const { repository } = forged.world;
      const number = await openShown(forged);
      await reject(forged, number);
      forged.forge.changeRequest(number, { state: "closed" });
      await forged.tell(number, "closed");
      await forged.untilSaid(number, /Closed without a merge/);
      const again = { author: "mallory", branch: "move", base: "main", sha: forged.head(number), title: "tidy" };
      const second =
        how === "the same commit"
          ? forged.forge.openRequest(again)
          : await forged.propose("tidy", how === "the manifest renamed" ? RENAMED : MORE, { author: "mallory" });
      if (how === "the same commit") repository.ask("update-ref", `refs/pull/${second}/head`, again.sha);
      await untilRejected(forged, second);
      await expectHeld(forged, await forged.merge(second, "boss"));
    },
  );

  test("of a setting stands against another request that sets another one beside it", async () => {
    const forged = await openGuarded({
      settings: { ...GUARDED, policy: { ...GUARDED.policy, auto_apply: "create" } },
      files: { ...FILES, "settings/org.yaml": "run.max_action_concurrency: 4\n" },
    });
    const settings = (more: string) => ({ "settings/org.yaml": `run.max_action_concurrency: 4000\n${more}` });
    const number = await openShown(forged, "one", settings(""));
    await reject(forged, number);
    forged.forge.changeRequest(number, { state: "closed" });
    await forged.tell(number, "closed");
    const second = await forged.propose("two", settings("pod_template_name: tidy\n"), { author: "mallory" });
    await untilRejected(forged, second);
    await expectHeld(forged, await forged.merge(second, "boss"));
    expect(JSON.stringify(forged.world.served.model.state.setting.rows.get("")?.values)).not.toContain("4000");
  });

  test("is about what its giver was shown: what the author pushes later is no no to the requests of others", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    await reject(forged, number);
    const swap = { "clusters/c3.yaml": cluster("c3", "pa") };
    const other = await openShown(forged, "other", swap);
    await approve(forged, other);
    await forged.untilStatus(other, "apply", /^success: approved by boss/);
    await forged.pushTo(number, swap);
    await forged.untilSaid(number, /cluster.c3/);
    await untilRejected(forged, number);
    await forged.daemon.untilApplied(await forged.merge(other, "boss"));
    expect(poolOf(forged, "c1")).toBe("pa");
  });

  test("does not stand against another request that does something else", async () => {
    const forged = await openGuarded();
    await reject(forged, await openShown(forged));
    const other = await openShown(forged, "other", { "clusters/c2.yaml": cluster("c2", "pb") });
    await forged.daemon.untilApplied(await forged.merge(other, "boss"));
    expect([poolOf(forged, "c1"), poolOf(forged, "c2")]).toEqual(["pa", "pb"]);
  });

  test("is read again where the store was lost", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    await reject(forged, number);
    await forged.daemon.daemon.stop();
    rmSync(join(forged.world.folder, "data"), { recursive: true });
    await forged.restart();
    await untilRejected(forged, number);
    await expectHeld(forged, await forged.merge(number, "boss"));
  });
});
