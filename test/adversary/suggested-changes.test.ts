/**
 * The attacker may approve plans, where nobody approves their own change (`self_approval: false`). They suggest a change on a colleague's
 * request and let the colleague commit it, as the pages of forges do with a button: the colleague is its author, its committer, and who
 * pushed it, and the trailer `Co-authored-by` alone says whose idea it was.
 */
import { describe, expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { WEB } from "../pull-requests/forge/keep-commits.ts";
import { waitFor } from "../set-up/wait-for.ts";

import { untilLookedAt } from "./until-looked-at.ts";

const MORE = { "queues/more.yaml": queue("more", 2) };
const poolOf = ({ world }: ForgedWorld) => world.served.model.state.cluster.rows.get("c1")?.pool;

/** `mona` has committed what somebody suggested; `approve` and `boss` approve by comment, `approve` and `other` by the API. */
async function openSuggested(kind: (typeof FORGE_NAMES)[number], trailer: string, committer = "mona") {
  const forged = await openForgedWorld({
    kind,
    requests: { approval: "explicit", self_approval: false },
    settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } } },
  });
  for (const login of ["approve", "boss"]) forged.forge.allow(login, "write");
  const number = await forged.propose("hers", MORE, { author: "mona" });
  await forged.untilSaid(number, /more/);
  const message = `Apply suggestions from code review\n\n${trailer}`;
  const sha = await forged.pushTo(number, MOVE, { message, committer });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  await forged.untilSaid(number, /digest/);
  const approve = async (login: string, reaction: RegExp) => {
    const comment = await forged.say(number, login, `poolkeeper approve ${forged.digest(number)}`);
    await forged.untilReacted(number, comment, reaction);
  };
  return { forged, number, sha, approve };
}

const NO = /-1|thumbsdown/;
const YES = /^(\+1|thumbsup)$/;

describe.each(FORGE_NAMES)("on %s", (kind) => {
  test.each([
    "Co-authored-by: Anybody <approve@users.noreply.example.com>",
    "Signed-off-by: Mona <mona@example.com>\nCO-AUTHORED-BY: A <12345+Approve@users.noreply.example.com>\n",
    "Co-authored-by: Mona <mona@example.com>\r\nCo-Authored-By: A <12345-approve@users.noreply.example.com>\r\n",
    "Co-authored-by: A <approve@noreply.example.com>",
  ])("who a trailer names does not approve, and another approver does: %j", async (trailer) => {
    const { forged, number, approve } = await openSuggested(kind, trailer);
    await approve("approve", NO);
    const merged = await forged.merge(number, "mona");
    await forged.daemon.untilState("AwaitingApproval", merged);
    const message = expect.stringContaining(`request ${number}, which has commits that approve made`);
    await untilLookedAt(forged.daemon);
    expect(await forged.daemon.approve()).toMatchObject({ body: { error: { code: "not_allowed", message } } });
    expect(poolOf(forged)).toBe("pa");
    expect(await forged.daemon.approve([], "other")).toMatchObject({ status: 201 });
    await forged.daemon.untilApplied(merged);
    expect(poolOf(forged)).toBe("pb");
  });

  test("nor does anybody where the forge names no account of the address", async () => {
    const { forged, number, sha, approve } = await openSuggested(kind, "Co-authored-by: A <a@elsewhere.example.org>");
    await approve("boss", NO);
    await waitFor(
      () =>
        forged.forge.comments(number).some(({ body }) => body.includes(`a co-author of commit ${sha.slice(0, 12)}`)),
      () => JSON.stringify(forged.forge.comments(number)),
    );
  });

  test("what a program is named for by an address that nobody reads, and what is no trailer, holds nobody back", async () => {
    const trailers =
      "Co-authored-by: Tool <noreply@tools.example.org>\nSee Co-authored-by: A <a@elsewhere.example.org>";
    const { approve } = await openSuggested(kind, trailers);
    await approve("boss", YES);
  });
});

test.each(["github", "gitlab"] as const)(
  "on %s that signs what is made on its pages, and so is its committer, who wrote it does not approve it, and another approver does",
  async (kind) => {
    const { approve } = await openSuggested(kind, "Co-authored-by: A <approve@users.noreply.example.com>", WEB);
    await approve("approve", NO);
    await approve("boss", YES);
  },
);
