import { expect, test } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import type { Settings } from "../daemon/open-daemon-world.ts";
import { type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";

/*
 * The attacker opens requests, and makes their target's control plane fail for a moment, or waits until it does: then the comment says
 * that the request can't be planned, and an approver who merges it has no plan before their eyes.
 */
test("a merge while the comment said that the request can't be planned approves nothing, though its plan had been shown before", async () => {
  const forged = await openForgedWorld();
  const { world, daemon } = forged;
  const number = await forged.propose("move", MOVE);
  await forged.untilStatus(number, "apply", /^success/);
  await world.fault({ method: "*", code: "unavailable", count: 10_000 });
  await forged.tell(number, "edited");
  await forged.untilSaid(number, /could not be planned/i);
  const merged = await forged.merge(number, "mona");
  await world.clearFaults();
  await daemon.untilState("AwaitingApproval", merged);
  await forged.untilSaid(number, /held: it needs an approval/);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  expect(await daemon.approve()).toMatchObject({ status: 201 });
  await daemon.untilApplied(merged);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
});

test("a merge that approved nothing when it was made approves nothing once the configuration lets merges approve", async () => {
  const forged = await openForgedWorld({ requests: { approval: "explicit" } });
  const { world, daemon } = forged;
  const number = await forged.propose("move", MOVE);
  await forged.untilStatus(number, "apply", /^pending: needs/);
  const merged = await forged.merge(number, "mona");
  await daemon.untilState("AwaitingApproval", merged);
  await forged.untilSaid(number, /held: it needs an approval/);
  await daemon.daemon.reload(world.read(letMergesApprove(forged)));
  const other = await forged.propose("other", { "queues/any.yaml": queue("any", 7) });
  await forged.untilStatus(other, "apply", /^success/);
  // A round follows what was merged after it has looked at what is open: by the next one it has done so.
  await forged.pushTo(other, { "queues/any.yaml": queue("any", 8) });
  await forged.untilStatus(other, "apply", /^success/);
  const { status } = await daemon.target();
  expect([status.reason, world.served.model.state.cluster.rows.get("c1")?.pool]).toEqual(["ApprovalNeeded", "pa"]);
  expect(await daemon.approve()).toMatchObject({ status: 201 });
  await daemon.untilApplied(merged);
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
});

function letMergesApprove({ settings }: ForgedWorld): Settings {
  const { pull_requests, ...repository } = settings.repository as { readonly pull_requests: object };
  return { ...settings, repository: { ...repository, pull_requests: { ...pull_requests, approval: "merge" } } };
}
