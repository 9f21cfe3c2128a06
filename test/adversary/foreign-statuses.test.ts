/**
 * The attacker may write to the repository, and so set statuses of its commits under any name. They want a request to be merged that the
 * daemon holds back.
 */
import { expect, test } from "vitest";
import { MOVE } from "../daemon/manifests.ts";
import { FORGE_NAMES, openForgedWorld } from "../daemon/open-forged-world.ts";

test.each(FORGE_NAMES)(
  "on %s a status that somebody else set is set back, and the audit says who did it",
  async (kind) => {
    const { forge, daemon, propose, say, status, head, untilStatus } = await openForgedWorld({
      kind,
      requests: { approval: "explicit" },
    });
    forge.allow("mallory", "write");
    const number = await propose("move", MOVE, { author: "mallory" });
    await untilStatus(number, "apply", /^pending: needs/);
    await untilStatus(number, "plan", /^success/);
    const [needs, planned] = [status(number, "apply"), status(number, "plan")];
    // What knows the daemon's token, as a gateway before the forge, may repeat it.
    const description = `applied after the merge ${forge.token}`;
    const forged = { state: "success", description, url: null } as const;
    forge.postStatus(head(number), { ...forged, context: "poolkeeper/apply" }, "mallory");
    expect(status(number, "apply")).toBe(`success: ${description}`);
    // Whatever has the comments read has the statuses read.
    await say(number, "mallory", "Looks good");
    await untilStatus(number, "apply", /^pending: needs/);
    expect([status(number, "apply"), status(number, "plan")]).toEqual([needs, planned]);
    const { audit } = await daemon.until(({ audit }) => audit.some(({ action }) => action === "restore_statuses"));
    expect(audit.find(({ action }) => action === "restore_statuses")?.details.statuses).toEqual([
      { context: "poolkeeper/apply", state: "success", description: "applied after the merge ***", by: "mallory" },
    ]);
    // What the daemon set itself is not taken for somebody else's.
    await say(number, "mallory", "Still good");
    await say(number, "mona", "poolkeeper help");
    await daemon.until(({ audit }) => audit.some(({ action }) => action === "help"));
    const restored = (await daemon.target()).audit.filter(({ action }) => action === "restore_statuses");
    expect(restored).toHaveLength(1);
  },
);
