import { describe, expect, test } from "vitest";
import { FILES, type Files, MOVE } from "./manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

type World = DaemonWorld & { readonly first: string };

const NO_C2: Files = { "clusters/c2.yaml": null };
const INTERRUPT = (digest: string) => `poolkeeper approve ${digest.slice(0, 32)} --target prod --override in-flight`;

/** A daemon whose newest plan needs an approval, beside work on a cluster that it takes out of service. */
async function openBusy(world: World, cluster: string, files: Files) {
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await world.setWork(cluster, 2);
  const revision = await daemon.push(files);
  const { last_pass } = await daemon.untilState("AwaitingApproval", revision);
  return { daemon, revision, digest: last_pass?.digest ?? expect.fail() };
}

/** What an approver is told. */
async function read({ url }: RunningDaemon, path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKENS.approve}` };
  return (await fetch(`${url}/api/v1${path}`, { headers })).json();
}

/** The digest of what is left, once the rollout waits. */
async function untilWaiting(daemon: RunningDaemon) {
  const { status, last_pass } = await daemon.until(
    (seen) => seen.last_pass?.outcome.kind === "waiting" && seen.last_pass.trigger === "waiting",
  );
  expect(status.reason).toBe("WorkInFlight");
  return last_pass?.digest ?? expect.fail();
}

describe("the override in-flight", () => {
  test("is refused for a move, before its rollout and while it waits, and the refusal says what does help", async () => {
    const world = await openDaemonWorld();
    const { daemon, digest } = await openBusy(world, "c1", MOVE);
    const refused = {
      status: 409,
      body: {
        error: {
          code: "nothing_to_override",
          message: expect.stringMatching(/not move a cluster that has work.*end that work.*revert/is),
        },
      },
    };
    expect(await daemon.send("/approvals", { digest, overrides: ["in-flight"] }, "approve")).toMatchObject(refused);
    expect((await daemon.send("/approvals", { digest }, "approve")).status).toBe(201);
    const rest = await untilWaiting(daemon);
    expect(await daemon.send("/approvals", { digest: rest, overrides: ["in-flight"] }, "approve")).toMatchObject(
      refused,
    );
    expect(await read(daemon, "/next")).toMatchObject({ next: [] });
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
  });

  test.each(["2026-11", "2026-07"] as const)(
    "interrupts the work that a delete waits for, on %s, and is offered while it waits",
    async (generation) => {
      const world = await openDaemonWorld(FILES, generation);
      const { daemon, digest, revision } = await openBusy(world, "c2", NO_C2);
      const before = await read(daemon, `/plans/${digest}/approval?target=prod`);
      expect(before).toMatchObject({ offers: [{ name: "in-flight", addresses: ["cluster.c2"], needed: false }] });
      expect((await daemon.send("/approvals", { digest }, "approve")).status).toBe(201);
      const rest = await untilWaiting(daemon);
      expect(await read(daemon, "/next")).toMatchObject({
        next: [
          {
            target: "prod",
            message: expect.stringContaining("Interrupt the work at cluster.c2"),
            command: INTERRUPT(rest),
          },
        ],
      });
      expect(await daemon.send("/approvals", { digest: rest, overrides: ["in-flight"] }, "approve")).toMatchObject({
        status: 201,
      });
      await daemon.untilApplied(revision);
      expect(world.served.model.state.cluster.rows.get("c2")?.state ?? "deleted").toBe("deleted");
    },
  );

  test.each(["contract", "freeze", "max-disruption-share", "everything"])(
    "is refused as any other that lets nothing through: %s",
    async (name) => {
      const world = await openDaemonWorld();
      const daemon = await world.start();
      await daemon.untilApplied(world.first);
      const { last_pass } = await daemon.untilState("AwaitingApproval", await daemon.push(NO_C2));
      const asked = { digest: last_pass?.digest, overrides: [name] };
      const message = expect.stringMatching(new RegExp(`^The override ${name} has no effect on plan .*: `));
      expect(await daemon.send("/approvals", asked, "approve")).toMatchObject({
        status: 409,
        body: { error: { code: "nothing_to_override", message } },
      });
    },
  );

  test("is refused where the plan shows no work", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const { last_pass } = await daemon.untilState("AwaitingApproval", await daemon.push(NO_C2));
    const asked = { digest: last_pass?.digest, overrides: ["in-flight"] };
    expect(await daemon.send("/approvals", asked, "approve")).toMatchObject({
      status: 409,
      body: { error: { code: "nothing_to_override" } },
    });
  });
});
