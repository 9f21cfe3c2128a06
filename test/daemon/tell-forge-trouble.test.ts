import { expect, test } from "vitest";
import { signInAs } from "../adversary/sign-in-as.ts";
import { homeIn } from "../cli/run-program.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { MOVE } from "./manifests.ts";
import { FORGE_NAMES, type ForgedWorld, openForgedWorld } from "./open-forged-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** What everybody who may read is shown of a target, each way. */
async function lookEverywhere({ daemon: { url }, world }: ForgedWorld): Promise<readonly string[]> {
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: url, POOLKEEPER_SERVER_TOKEN: TOKENS.read };
  const listed = (await runInProcess(["targets"], env, world.folder)).stdout;
  const pages = await signInAs(url, TOKENS.read);
  return [listed, (await pages.open("/")).text, (await pages.open("/targets/prod")).text];
}

test.each(FORGE_NAMES)(
  "as long as %s refuses the token, target, pages and list say so, since when, and when it is asked again",
  async (kind) => {
    const forged = await openForgedWorld({ kind });
    const { forge, propose, untilSaid } = forged;
    const readTrouble = async () => (await forged.daemon.target()).requests_trouble;
    const words = /pull requests can't be (reviewed|read)/i;
    expect([await readTrouble(), ...(await lookEverywhere(forged)).map((text) => words.test(text))]).toEqual([
      ...[null, false, false, false],
    ]);
    forge.fault({ kind: "status", status: 401 }, { times: 1_000_000 });
    const number = await propose("move-c1", MOVE);
    await waitFor(
      async () => (await readTrouble()) !== null,
      () => forged.world.log.slice(-20).join(""),
    );
    const found = await readTrouble();
    expect(found).toMatchObject({ code: "forge_refused", message: expect.stringMatching(/token/i) });
    expect(Date.parse(found?.next_at ?? "")).toBeGreaterThan(Date.parse(found?.since ?? ""));
    for (const text of await lookEverywhere(forged)) expect(text).toMatch(words);
    // It lasts since then, whoever asks again.
    await forged.restart();
    await waitFor(
      async () => ((await readTrouble())?.next_at ?? "") > (found?.next_at ?? ""),
      () => forged.world.log.slice(-20).join(""),
    );
    expect(await readTrouble()).toMatchObject({ since: found?.since });
    forge.heal();
    await untilSaid(number, "cluster.c1");
    await waitFor(
      async () => (await readTrouble()) === null,
      () => forged.world.log.slice(-20).join(""),
    );
    for (const text of await lookEverywhere(forged)) expect(text).not.toMatch(words);
  },
);
