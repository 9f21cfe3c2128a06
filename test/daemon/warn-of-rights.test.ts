import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { FORGE_NAMES, openForgedWorld } from "./open-forged-world.ts";

const WARNING = "may do more than the daemon needs";

test.each(FORGE_NAMES)(
  "the daemon warns at its start of credentials of %s that may do more than they need",
  async (kind) => {
    const forged = await openForgedWorld({ kind });
    const { forge, world } = forged;
    const looks = () => world.log.filter((line) => line.includes("The pull requests were looked at.")).length;
    const untilLooked = (before: number) =>
      waitFor(
        () => looks() > before,
        () => world.log.join("\n"),
      );
    await untilLooked(0);
    expect(world.log.filter((line) => line.includes(WARNING))).toEqual([]);
    forge.promote();
    const before = looks();
    await forged.restart();
    await untilLooked(before + 1);
    const warned = world.log.filter((line) => line.includes(WARNING));
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(/"target":"prod".*administer the (repository|project)/);
    expect(forge.unknown()).toEqual([]);
  },
);
