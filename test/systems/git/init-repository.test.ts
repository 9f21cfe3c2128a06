import { join } from "node:path";
import { expect, test } from "vitest";
import { initRepository } from "../../../src/systems/git/init-repository.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

test("a repository of our own has the objects of forges, also where the environment has git make others", async () => {
  const git = await initRepository(join(makeTemporaryFolder(), "own.git"), {
    environment: { PATH: process.env.PATH ?? "", GIT_DEFAULT_HASH: "sha256" },
    timeoutMs: PATIENCE_MS,
    explain: (error) => {
      throw error;
    },
  });
  expect(await git(["rev-parse", "--show-object-format", "--is-bare-repository"])).toBe("sha1\ntrue\n");
});
