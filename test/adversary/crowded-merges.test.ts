/**
 * The attacker may comment on closed requests, of which there are many: each comes before an approver's merge in GitHub's list of what changed last. They
 * want the daemon to read all of them in each round, or a merge to count whose commit another one may have brought.
 */
import { expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { approve, openGuarded, openShown, poolOf } from "./reject-request.ts";

/** As many as the daemon reads. */
const MANY = 5_000;

test("a merge after which too many closed requests have changed to be read approves nothing and says so, is asked about once, and what it merged can be approved by a comment", async () => {
  const forged = await openGuarded({ kind: "github" });
  const { forge, world, daemon } = forged;
  const number = await openShown(forged);
  await forged.untilRecorded(number);
  const old = { title: "old", author: "mallory", base: "main", sha: forged.head(number) };
  const closed = Array.from({ length: MANY }, (_, index) => forge.openRequest({ ...old, branch: `old-${index}` }));
  const commit = world.repository.merge("move");
  forge.merge(number, "boss", commit);
  for (const one of closed) forge.changeRequest(one, { state: "closed" });
  const listed = () =>
    forge.calls().filter(({ method, path }) => method === "GET" && /\/pulls(\?|$)/.test(path)).length;
  const before = listed();
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "push", branch: "main", sha: commit });
  await daemon.untilState("AwaitingApproval", commit);
  await forged.untilSaid(number, /approves nothing: 5,000 closed requests or more have changed since/);
  const read = listed();
  expect(read - before).toBeLessThan(60);
  await daemon.reconciled();
  await daemon.reconciled();
  expect([poolOf(forged, "c1"), (await daemon.target()).approvals]).toEqual(["pa", []]);
  expect(listed() - read).toBeLessThan(10);
  await approve(forged, number);
  await waitFor(
    () => poolOf(forged, "c1") === "pb",
    () => forged.comment(number),
  );
});
