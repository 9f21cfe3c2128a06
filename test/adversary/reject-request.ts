/** What tests of rejections begin with: a guarded target, a request that moves a cluster, and how `carol` rejects and `boss` approves it. */
import { expect } from "vitest";
import { MOVE, queue } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

export const GUARDED = {
  policy: { approval: { approvers: ["boss", "carol", "approve"] } },
  drift: { action: "report" },
} as const;

/** The rejected move and something else, and the same move of the same cluster under a manifest of another name. */
export const MORE = { ...MOVE, "queues/any.yaml": queue("any", 2) };
export const RENAMED = { "clusters/c1.yaml": "name: c1-eu\npreviously: c1\npool: pb\n" };

/** A target that `boss` and `carol` approve for on the forge, and `approve` on the page. */
export async function openGuarded({ requests, ...given }: ForgedSettings = {}): Promise<ForgedWorld> {
  const forged = await openForgedWorld({
    ...{ settings: GUARDED, ...given },
    requests: { unverified_comments: "accept", ...requests },
  });
  for (const login of ["boss", "carol", "mallory"]) forged.forge.allow(login, "write");
  return forged;
}

/** A request of the attacker's that moves `c1`, once its plan stands. */
export async function openShown(
  forged: ForgedWorld,
  branch = "move",
  files: Parameters<ForgedWorld["propose"]>[1] = MOVE,
) {
  const number = await forged.propose(branch, files, { author: "mallory" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "apply", /^(success|pending: needs)/);
  return number;
}

export async function reject(forged: ForgedWorld, number: number, words = "poolkeeper reject"): Promise<void> {
  await forged.untilReacted(number, await forged.say(number, "carol", words), /^(\+1|thumbsup)$/);
}

export async function approve(forged: ForgedWorld, number: number): Promise<void> {
  const words = `poolkeeper approve ${forged.digest(number)}`;
  await forged.untilReacted(number, await forged.say(number, "boss", words), /^(\+1|thumbsup)$/);
}

export const poolOf = ({ world }: ForgedWorld, name: string) => world.served.model.state.cluster.rows.get(name)?.pool;

/** Changes what is live elsewhere, or back, and waits until the request's plan is another one. */
export async function drift(forged: ForgedWorld, number: number, runs: number): Promise<void> {
  const before = forged.digest(number);
  await forged.world.post("/mutate", {
    ...{ op: "set", kind: "queue", name: "any", path: "run_concurrency", value: runs, by: "neighbour" },
  });
  await forged.daemon.send("/targets/prod/reconcile", {});
  await waitFor(
    () => forged.digest(number) !== before,
    () => forged.comment(number),
  );
}

/** Waits until the revision waits for an approval, through two passes and rounds, and sees that nothing ran and nobody approved. */
export async function expectHeld(forged: ForgedWorld, revision: string, approvals = 0): Promise<void> {
  const { daemon } = forged;
  await daemon.untilState("AwaitingApproval", revision);
  const merged = forged.forge.requests().findLast(({ state }) => state === "merged") ?? expect.fail();
  await forged.untilStatus(merged.number, "apply", /^(failure: rejected|pending: needs)/);
  await daemon.reconciled();
  const { audit } = await daemon.untilState("AwaitingApproval", revision);
  expect(
    audit.filter(({ action, via, details }) => action === "approve" && via !== "api" && !("refused" in details)),
  ).toHaveLength(approvals);
  expect((await daemon.target()).approvals).toEqual([]);
  expect(poolOf(forged, "c1")).toBe("pa");
}

/** What the request says of the rejection: who, and what takes it back. */
export async function untilRejected(forged: ForgedWorld, number: number, by = "carol"): Promise<void> {
  await forged.untilStatus(
    number,
    "apply",
    new RegExp(`^failure: rejected by ${by}, needs .poolkeeper approve [0-9a-f]{32}`),
  );
  await forged.untilSaid(number, new RegExp(`\`${by}\`( \\([^<]*\\))? rejected it, so a merge does not approve it`));
}
