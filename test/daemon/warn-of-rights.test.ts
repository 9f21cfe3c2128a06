import { expect, test } from "vitest";
import { signInAs } from "../adversary/sign-in-as.ts";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { FORGE_NAMES, openForgedWorld } from "./open-forged-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const WARNING = "have more permissions than the daemon needs";

test.each(FORGE_NAMES)(
  "the daemon warns at its start, and then operators wherever they look, of credentials of %s that may do more than they need",
  async (kind) => {
    const forged = await openForgedWorld({ kind });
    const { forge, world } = forged;
    const looks = () => world.log.filter((line) => line.includes("Pull requests reviewed.")).length;
    const untilLooked = (before: number) =>
      waitFor(
        () => looks() > before,
        () => world.log.join("\n"),
      );
    await untilLooked(0);
    expect(world.log.filter((line) => line.includes(WARNING))).toEqual([]);
    forge.promote();
    await forged.daemon.daemon.stop();
    const before = looks();
    await forged.restart();
    await untilLooked(before + 1);
    const warned = world.log.filter((line) => line.includes(WARNING));
    expect(warned).toHaveLength(1);
    expect(warned[0]).toMatch(/"target":"prod".*administer the (repository|project)/);
    const words = /have more permissions than the daemon needs: .*administer the (repository|project)/;
    const { url } = forged.daemon;
    for (const reader of ["operate", "read"] as const) {
      const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: url, POOLKEEPER_SERVER_TOKEN: TOKENS[reader] };
      const listed = (await runInProcess(["targets"], env, world.folder)).stdout;
      const headers = { authorization: `Bearer ${TOKENS[reader]}` };
      const answer = await (await fetch(`${url}/api/v1/targets/prod`, { headers })).text();
      const page = (await (await signInAs(url, TOKENS[reader])).open("/targets/prod")).text;
      const shown = [listed, answer, page].map((text) => words.test(text));
      expect([reader, ...shown]).toEqual([reader, ...Array.from({ length: 3 }, () => reader === "operate")]);
    }
    expect(await (await fetch(`${url}/api/v1/targets`)).text()).not.toMatch(words);
    expect(forge.unknown()).toEqual([]);
  },
);
