import { describe, expect, test } from "vitest";
import { MOVE, queue } from "./manifests.ts";
import { FORGE_NAMES, openForgedWorld } from "./open-forged-world.ts";

describe.each(FORGE_NAMES)("a request on %s", (kind) => {
  test("is planned, approved by its merge, and applied", async () => {
    const forged = await openForgedWorld({ kind });
    const { world, forge, daemon, propose, merge, status, untilSaid, untilStatus, sticky } = forged;
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    await untilStatus(number, "apply", /./);
    expect(status(number, "plan")).toMatch(/^success: /);
    expect(status(number, "apply")).toBe("success: applied after the merge");
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pa");
    const commit = await merge(number, "mona");
    const { applied, audit } = await daemon.untilApplied(commit);
    expect(applied[0]?.approval).not.toBeNull();
    expect(audit.find(({ action }) => action === "approve")).toMatchObject({ who: "mona", via: kind });
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
    await untilStatus(number, "apply", /^success: applied in/);
    expect(sticky(number)).toHaveLength(1);
    expect(forge.unknown()).toEqual([]);
  });
});

describe("a request", () => {
  test("that touches nothing of the target gets a status and no comment", async () => {
    const { propose, untilStatus, comment } = await openForgedWorld();
    const number = await propose("readme", { "README.md": "# Nothing\n" });
    await untilStatus(number, "plan", /./);
    expect(comment(number)).toBe("");
  });

  test("whose approval is explicit waits for the command of somebody else than its author", async () => {
    const requests = { approval: "explicit", self_approval: false };
    const forged = await openForgedWorld({ requests });
    const { world, forge, daemon, propose, merge, say, untilReacted, untilStatus } = forged;
    forge.allow("hubot", "write");
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^pending/);
    const command = `poolkeeper approve ${forged.digest(number)}`;
    await untilReacted(number, await say(number, "mona", command), /^-1$/);
    await untilReacted(number, await say(number, "stranger", command), /^-1$/);
    await untilReacted(number, await say(number, "hubot", command), /^\+1$/);
    await untilStatus(number, "apply", /^success/);
    const commit = await merge(number, "mona");
    const { audit } = await daemon.untilApplied(commit);
    expect(audit.find(({ action, via }) => action === "approve" && via === "gitea")).toMatchObject({ who: "hubot" });
    expect(world.served.model.state.cluster.rows.get("c1")?.pool).toBe("pb");
  });

  test("with a new head loses its plan, and one that is invalid says where", async () => {
    const { propose, pushTo, untilSaid, untilStatus } = await openForgedWorld();
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(number, "queue.any");
    await pushTo(number, { "queues/any.yaml": "name: any\n" });
    await untilSaid(number, "queues/any.yaml:1");
    await untilStatus(number, "plan", /^failure/);
  });
});
