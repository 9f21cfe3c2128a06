import { expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";

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
