import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { openSlowMerges } from "../../../src/reconcile/source/slow-merges.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { openProposalWorld, proposalsOf } from "./proposal-world.ts";

test("a merge that takes too long is run once, and one of another head beside it", async () => {
  const { repository, propose, open, folder } = openProposalWorld();
  const base = repository.push({ "a.yaml": "1" });
  const heads = [1, 2].map((number) => ({ number, sha: propose(number, { [`${number}.yaml`]: "1" }) }));
  const patient = await open();
  await patient.fetch();
  await proposalsOf(patient).fetch("github", heads);
  const log = join(folder, "merges");
  holdMerges(join(folder, "bin"), log);
  const proposals = proposalsOf(await open({ timeout_ms: 10 * SOON_MS }));
  const [first, second] = heads.map(({ sha }) => sha);
  const tooLong = { code: "source_too_large", message: expect.stringMatching(/^Merging .* took longer than /) };
  for (const head of [first, first, second, first, second]) {
    await expect(proposals.merge(base, head ?? "")).rejects.toMatchObject(tooLong);
  }
  expect(readFileSync(log, "utf8").trim().split("\n")).toHaveLength(2);
});

test("it is tried again after ten minutes, and any other error at once", async () => {
  let now = 0;
  const { ask } = openSlowMerges(() => now);
  let runs = 0;
  const fail = (code: string) => () => {
    runs += 1;
    return Promise.reject(new OperationalError(code, "No.", { next: "wait" }));
  };
  const tryOne = (code: string) => expect(ask("a", "b", fail(code))).rejects.toMatchObject({ message: "No." });
  await tryOne("source_unreachable");
  await tryOne("source_too_large");
  now = 600_000 - 1;
  await tryOne("source_too_large");
  expect(runs).toBe(2);
  now = 600_000;
  expect(await ask("a", "b", async () => "merged")).toBe("merged");
  expect(await ask("a", "b", async () => "again")).toBe("again");
});

/** A git that does not end a merge, and writes down that it began one. */
function holdMerges(bin: string, log: string): void {
  mkdirSync(bin);
  const own = `for one in "$@"; do if [ "$one" = merge-tree ]; then echo merge >> '${log}'; exec /usr/bin/tail -f /dev/null; fi; done`;
  writeFileSync(join(bin, "git"), `#!/bin/sh\n${own}\nPATH='${process.env.PATH}' exec git "$@"\n`);
  chmodSync(join(bin, "git"), 0o755);
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
}
