/**
 * The attacker may write to the repository, and is no approver. Somebody who may decide says no to a plan, by its digest or to what they are
 * shown. Before that is read, the attacker brings another plan, so that the no hits that one and the rejected change comes in by another way.
 */
import { describe, expect, test } from "vitest";
import { cluster, MOVE } from "../daemon/manifests.ts";
import type { ForgedWorld } from "../daemon/open-forged-world.ts";
import { expectHeld, GUARDED, MORE, openGuarded, openShown, untilRejected } from "./reject-request.ts";

const OTHER = { "clusters/c2.yaml": cluster("c2", "pb") };

/** Pushes another change in place of the request's own, and lets the comment be read once the plan of that is shown. */
async function pushBeforeRead(forged: ForgedWorld, number: number, words: string): Promise<string> {
  forged.forge.fault({ kind: "status", status: 502 }, { times: 100_000, call: /^GET \S+\/issues\/\d+\/comments\b/ });
  const comment = await forged.say(number, "carol", words);
  await forged.pushTo(number, { "clusters/c1.yaml": cluster("c1", "pa"), ...OTHER });
  await forged.untilSaid(number, /cluster\.c2/);
  forged.forge.heal();
  await forged.daemon.send("/targets/prod/reconcile", {});
  return comment;
}

describe("a no on a request that names a plan", () => {
  test("is about that plan, though another one was shown before it was read", async () => {
    const forged = await openGuarded({ requests: { approval: "explicit" } });
    const number = await openShown(forged);
    const comment = await pushBeforeRead(forged, number, `poolkeeper reject ${forged.digest(number)} too risky`);
    await forged.untilReacted(number, comment, /^\+1$/);
    await untilRejected(forged, number);
    const same = await forged.propose("same", MORE, { author: "mallory" });
    await untilRejected(forged, same);
    const other = await forged.propose("other", OTHER, { author: "mona" });
    await forged.untilStatus(other, "apply", /^pending: needs/);
    await expectHeld(forged, await forged.merge(same, "boss"));
  });

  test("that the request never had rejects nothing, and is told so", async () => {
    const forged = await openGuarded();
    const number = await openShown(forged);
    const comment = await forged.say(number, "carol", `poolkeeper reject ${"f".repeat(64)} no`);
    await forged.untilReacted(number, comment, /^-1$/);
    const answers = forged.forge.comments(number).map(({ body }) => body);
    expect(answers.join("\n")).toMatch(/No plan ffffffff\S* of this request was found.*nothing was rejected/);
    await forged.daemon.untilApplied(await forged.merge(number, "boss"));
  });
});

test("a no by the API to a plan that the branch has no more is about that plan, and about no other one", async () => {
  const forged = await openGuarded({ settings: { ...GUARDED, repository: { pull_requests: undefined } } });
  const { daemon, world } = forged;
  const { last_pass } = await daemon.untilState("AwaitingApproval", await daemon.push(MOVE));
  const other = { "clusters/c1.yaml": cluster("c1", "pa"), ...OTHER };
  const amended = world.repository.push(other, { branch: "amended", from: world.first });
  world.repository.ask("update-ref", "refs/heads/main", amended);
  await daemon.send("/targets/prod/reconcile", {});
  await daemon.untilState("AwaitingApproval", amended);
  const rejection = { digest: last_pass?.digest, target: "prod", reason: "too risky" };
  expect((await daemon.send("/rejections", rejection, "approve")).status).toBe(201);
  const { status } = await daemon.reconciled();
  expect(status.message).not.toContain("rejected");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(amended);
  const again = await daemon.push({ ...MOVE, "clusters/c2.yaml": cluster("c2", "pa") });
  const { last_pass: pass } = await daemon.untilState("AwaitingApproval", again);
  expect(pass?.outcome).toMatchObject({
    held: [
      { address: "cluster.c1", reason: "rejected" },
      { address: "cluster.c2", reason: "approval" },
    ],
  });
});
