/**
 * The attacker opens a request and makes its commits, with whose e-mail address and at what time they like. A Gitea that detects merges by
 * itself takes it from there who merged. They want to be taken for somebody who may approve.
 */
import { expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import type { GiteaServer } from "../pull-requests/forge/gitea-server.ts";

/** A shown request, pushed to the branch by somebody, with a commit whose author is `email`. */
async function openPushed(detects: boolean | null, email: string) {
  const forged = await openForgedWorld({
    settings: { policy: { approval: { approvers: ["boss", "acme", "approve"] } } },
  });
  const { world, daemon, propose, untilStatus, head } = forged;
  const forge = forged.forge as GiteaServer;
  for (const login of ["boss", "mallory", "acme"]) forge.allow(login, "write");
  const number = await propose("move", MOVE, { author: "mallory" });
  await untilStatus(number, "apply", /^success: applied after the merge/);
  const shown = forge.comments(number).find(({ author }) => author === forge.self);
  const commit = world.repository.merge(head(number));
  const at = new Date(Date.parse(shown?.created_at ?? "") + 60_000).toISOString();
  forge.detectMerges(true);
  forge.pushMerge(number, commit, { email, at });
  forge.detectMerges(detects);
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
  return { ...forged, number, commit };
}

test.each([
  ["the commit's author has an approver's e-mail address", true, "boss@example.com"],
  ["nobody has the address, so that Gitea names the owner", true, "nobody@example.com"],
  ["Gitea does not say whether it detects merges", null, "boss@example.com"],
] as const)("a merge that Gitea detected approves nothing where %s", async (_name, detects, email) => {
  const { daemon, world, number, commit, untilSaid } = await openPushed(detects, email);
  await daemon.untilState("AwaitingApproval", commit);
  await untilSaid(number, "does not say for certain who merged");
  expect((await daemon.target()).approvals).toEqual([]);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  expect((await daemon.approve()).status).toBe(201);
  await daemon.untilApplied(commit);
});
