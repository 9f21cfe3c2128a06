import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { MOVE, queue } from "../daemon/manifests.ts";
import { FORGE_NAMES, openForgedWorld } from "../daemon/open-forged-world.ts";
import { below, openTwins } from "../daemon/open-twins.ts";
import { holdCalls } from "../set-up/hold-calls.ts";
import { waitFor } from "../set-up/wait-for.ts";

/*
 * The attacker may open requests, push to them, and ask the forge to merge one as soon as all required statuses are green. They look
 * for an instant in which both are green although something has not looked at the commit, or would refuse it.
 */

const BROKEN = { "queues/any.yaml": "name: any\n" };

describe.each(FORGE_NAMES)("on %s, a request that the forge merges once both statuses are green", (kind) => {
  test("is not merged while the second target has not looked, nor when that finds broken manifests", async () => {
    const { other, forge, world, propose, autoMerge, status, sticky, untilStatus } = await openTwins({ kind });
    const held = await holdCalls(other.adminUrl, { method: "ListClusters", count: 100 });
    // Before there is anything to merge: a round may be as quick as who proposes it.
    const merged = autoMerge(1, "mona");
    const number = await propose("both", { ...below("a", MOVE), ...below("b", MOVE) });
    await held.arrived();
    await waitFor(
      () => sticky(number).length === 1 && /waiting for: stage/.test(status(number, "plan")),
      () => `${status(number, "plan")}\n${world.log.slice(-10).join("")}`,
    );
    await untilStatus(number, "apply", /^pending: waiting for: stage/);
    expect(merged()).toBeNull();
    await held.release();
    await waitFor(
      () => merged() !== null,
      () => `${status(number, "plan")}\n${status(number, "apply")}`,
    );
    expect(sticky(number, "stage")).toHaveLength(1);

    const again = await holdCalls(other.adminUrl, { method: "ListClusters", count: 100 });
    const mergedBroken = autoMerge(number + 1, "mona");
    const broken = await propose("broken", {
      ...below("a", { "queues/any.yaml": queue("any", 7) }),
      ...below("b", BROKEN),
    });
    expect(broken).toBe(number + 1);
    await again.release();
    await untilStatus(broken, "plan", /^failure: stage/);
    expect(mergedBroken()).toBeNull();
    expect(forge.requests().find(({ number: at }) => at === broken)?.state).toBe("open");
  });

  test("is merged only when the comment with the plan stands", async () => {
    const { forge, propose, autoMerge, sticky, untilStatus } = await openForgedWorld({ kind });
    const commented: number[] = [];
    forge.onStatus(() => commented.push(sticky(1).length));
    const merged = autoMerge(1, "mona");
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^success: applied in/);
    expect(merged()).not.toBeNull();
    expect(commented.every((count) => count === 1)).toBe(true);
  });
});

describe("a commit that was green, or was never looked at", () => {
  test("is not green for a second request when the first one is closed or sent elsewhere", async () => {
    const { forge, world, propose, autoMerge, tell, untilStatus } = await openForgedWorld();
    const closed = await propose("closed", BROKEN);
    await untilStatus(closed, "plan", /^failure/);
    forge.changeRequest(closed, { state: "closed" });
    await tell(closed, "closed");
    await untilStatus(closed, "plan", /^pending: closed/);
    await untilStatus(closed, "apply", /^pending: closed/);
    const moved = await propose("moved", BROKEN);
    await untilStatus(moved, "plan", /^failure/);
    const merged = autoMerge(moved, "mona");
    world.repository.push({}, { branch: "next", from: "main" });
    forge.changeRequest(moved, { base: "next" });
    await tell(moved, "edited");
    await untilStatus(moved, "plan", /^pending: goes to next/);
    await untilStatus(moved, "apply", /^pending: goes to next/);
    expect(merged()).toBeNull();
  });

  test("is green for two requests only when both are", async () => {
    const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
    onTestFinished(() => other.close());
    const { forge, world, daemon, propose, untilStatus } = await openForgedWorld({
      targets: (usual) => [
        usual,
        {
          ...{ ...usual, name: "next", repository: { ...usual.repository, branch: "next" } },
          control_plane: { ...usual.control_plane, endpoint: other.url },
        },
      ],
    });
    world.repository.push(BROKEN, { branch: "next", from: "main" });
    await daemon.until(({ last_pass }) => last_pass !== null, "next");
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "plan", /^success/);
    const sha = forge.requests()[0]?.sha ?? "";
    const second = forge.openRequest({ title: "again", author: "mona", branch: "move-c1", base: "next", sha });
    world.repository.ask("update-ref", `refs/pull/${second}/head`, sha);
    await untilStatus(number, "plan", /^failure: next/);
  });
});
