import { expect, test } from "vitest";
import { FILES, queue } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";

const SCOPE = { domain: "development", project: null };
const settings = (name: string) =>
  `scope: { domain: development }\nsettings: { run.default_queue: ${name}, run.max_action_concurrency: 50, labels: { a: "1" } }\n`;

test.each(["report", "revert"] as const)(
  "somebody throttles a scope while a pass with drift.action %s writes what its settings name: that pass leaves it",
  async (action) => {
    const world = await openDaemonWorld({ ...FILES, "settings/dev.yaml": settings("any") });
    const daemon = await world.start({ policy: { auto_apply: "update" }, drift: { action } });
    await daemon.untilApplied(world.first);
    const { writer, reader } = openOtherHands(world);
    const held = await world.hold({ method: "CreateQueue" });
    const pushed = await daemon.push({ "queues/new.yaml": queue("new", 1), "settings/dev.yaml": settings("new") });
    await held.arrived();
    const { values, version } = await reader.getSettings(SCOPE);
    const theirs = { "run.max_action_concurrency": "3", labels: { a: "1", c: "added" } };
    await writer.writeSettings(SCOPE, { ...values, ...theirs }, version);
    const place = world.served.model.journal.length;
    await held.release();
    // The next look finds theirs as drift.
    await daemon.until(({ applied_revision }) => applied_revision === pushed);
    const [sent] = world.served.model.journal.slice(place).filter(({ method }) => method.endsWith("/UpdateSettings"));
    for (const text of ["new", "3", "added"]) expect(JSON.stringify(sent?.request)).toContain(`"${text}"`);
    // Where it is drift that may be reverted, a later pass says so and does it.
    if (action === "report") {
      expect((await reader.getSettings(SCOPE)).values).toEqual({
        ...theirs,
        "run.default_queue": "new",
        "run.max_action_concurrency": 3,
      });
    }
  },
);
