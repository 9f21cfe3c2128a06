import { expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { cluster, MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { waitFor } from "../set-up/wait-for.ts";

/*
 * The attacker may approve plans where nobody approves their own (`self_approval: false`), and may merge into a branch that is less protected
 * than the one that the target is read from. A second target follows that branch, so that its commits are there.
 */

test("nobody goes to a commit of another branch, whoever merged it there", async () => {
  const second = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => second.close());
  const forged = await openForgedWorld({
    requests: { approval: "explicit", self_approval: false },
    settings: { policy: { approval: { approvers: ["approve", "other", "boss"] } } },
    targets: (usual) => [
      usual,
      {
        ...usual,
        name: "dev",
        repository: { ...usual.repository, branch: "dev" },
        control_plane: { ...usual.control_plane, endpoint: second.url },
        policy: { auto_apply: "none", approval: { approvers: ["boss"] } },
      },
    ],
  });
  const { world, daemon, forge } = forged;
  const { repository } = world;
  forge.allow("approve", "write");
  repository.push({ "README.md": "dev\n" }, { branch: "dev", from: "main" });
  const number = await forged.propose("own", MOVE, { author: "approve", base: "dev" });
  const merged = repository.push(MOVE, { branch: "dev" });
  forge.merge(number, "approve", merged);
  await daemon.send("/targets/dev/reconcile", {});
  await daemon.until(({ last_pass }) => last_pass?.revision === merged, "dev");

  expect(await daemon.send("/targets/prod/reconcile", { revision: merged }, "approve")).toMatchObject({ status: 202 });
  const { status, pinned_revision, passes } = await daemon.until(({ passes: all }) =>
    all.some(({ outcome }) => outcome.kind === "failed"),
  );
  expect(passes.find(({ outcome }) => outcome.kind === "failed")?.outcome).toMatchObject({
    code: "revision_elsewhere",
    message: expect.stringMatching(`The commit ${merged} .* is not on the branch`),
  });
  expect([status.state, pinned_revision]).not.toEqual(["AwaitingApproval", merged]);
  expect(pinned_revision).toBeNull();
  expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
});

test("a revision that was applied here can be gone back to though a force push took it from the branch", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  const gone = await daemon.push(MOVE);
  await daemon.untilApplied(gone);
  world.repository.ask("update-ref", "refs/heads/main", world.first);
  const next = await daemon.push({ "clusters/c1.yaml": cluster("c1", "pa"), "README.md": "Other.\n" });
  await daemon.untilApplied(next);
  await daemon.send("/targets/prod/reconcile", { revision: gone });
  await daemon.untilApplied(gone);
  await waitFor(
    () => world.served.model.state.cluster.rows.get("c1")?.pool === "pb",
    () => "c1 is in pb",
  );
});
