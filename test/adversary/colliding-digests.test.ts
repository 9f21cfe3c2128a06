/**
 * The attacker opens requests and pushes to them. They can compute plans offline, as many as they like, and choose two whose digests
 * begin alike: a harmless one to show, and another one to have carried out.
 */
import { describe, expect, test } from "vitest";
import type { RequestDetail } from "../../src/model/daemon/daemon-service.ts";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { CHOSEN, findCollision } from "./find-collision.ts";

const harmless = (runs: number) => ({ "queues/any.yaml": queue("any", runs) });
const harmful = (runs: number) => ({ ...harmless(runs), ...MOVE });

/** The plan that is shown of a request. */
async function readPlan({ daemon }: ForgedWorld, number: number) {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const answer = await fetch(`${daemon.url}/api/v1/targets/prod/requests/${number}`, { headers });
  const { review } = (await answer.json()) as RequestDetail;
  if (review.verdict.kind !== "planned") throw new Error("It has no plan");
  return review.verdict.plan;
}

/** Two plans whose digests share their first eight digits, and a request that shows the harmless one. */
async function openCollision() {
  const forged = await openForgedWorld({
    requests: { approval: "explicit" },
    settings: { policy: { auto_apply: "create" } },
  });
  forged.forge.allow("hubot", "write");
  const tries = [await forged.propose("try-one", harmless(CHOSEN)), await forged.propose("try-two", harmful(CHOSEN))];
  for (const number of tries) await forged.untilStatus(number, "apply", /^pending: needs/);
  const [shown, hidden] = await Promise.all(tries.map((number) => readPlan(forged, number)));
  if (shown === undefined || hidden === undefined) throw new Error("unreachable: there are two");
  const collision = findCollision(shown, hidden, 8);
  const number = await forged.propose("change", harmless(collision.shown));
  await forged.untilStatus(number, "apply", /^pending: needs/);
  return { ...forged, collision, number, reviewed: (await readPlan(forged, number)).digest };
}

describe("two plans whose digests begin alike", () => {
  test("are not approved by what they share: a shorter digest is refused on the request, by the API and by the command line's words", async () => {
    const opened = await openCollision();
    const { forge, collision, number, reviewed, say, pushTo, daemon, world, merge, untilReacted, untilStatus } = opened;
    expect(reviewed.startsWith(collision.beginning)).toBe(true);
    // Written while the harmless plan stands, and read when the other one does.
    const written = forge.comment(number, "hubot", `poolkeeper approve ${collision.beginning}`);
    await pushTo(number, harmful(collision.hidden));
    await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment: written });
    await untilReacted(number, written, /^-1$/);
    await untilStatus(number, "apply", /^pending: needs/);
    expect((await readPlan(opened, number)).digest.startsWith(collision.beginning)).toBe(true);
    await untilReacted(number, await say(number, "hubot", `poolkeeper approve ${collision.beginning}`), /^-1$/);
    const answers = forge.comments(number).filter(({ body }) => body.startsWith("<!-- poolkeeper-answer:"));
    expect(answers.some(({ body }) => body.includes("32 hex digits"))).toBe(true);

    const merged = await merge(number, "mona");
    const { last_pass } = await daemon.untilState("AwaitingApproval", merged);
    for (const length of [8, 12, 31]) {
      const short = last_pass?.digest?.slice(0, length);
      const answer = await daemon.send("/approvals", { digest: short }, "approve");
      expect([answer.status, JSON.stringify(answer.body)]).toEqual([400, expect.stringContaining("32")]);
    }
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  });
});
