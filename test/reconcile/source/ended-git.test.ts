import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lookUpObjects } from "../../../src/reconcile/source/read-objects.ts";
import { explainGitError } from "../../../src/systems/delivery/explain-git-error.ts";
import { openGit } from "../../../src/systems/git/open-git.ts";
import { listProcesses } from "../../set-up/list-processes.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

/** A program that is called git and does this. */
function makeGit(script: string) {
  const PATH = makeTemporaryFolder();
  const file = join(PATH, "git");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  const signal = new AbortController().signal;
  const reader = (timeoutMs: number) => ({ environment: { PATH }, tip: "HEAD", place: "a.example", timeoutMs, signal });
  return { PATH, reader };
}

test("a read of the mirror that hangs is ended, with all that it has started, and tried again", async () => {
  const { PATH, reader } = makeGit('/usr/bin/tail -f "$0" >/dev/null');
  await expect(lookUpObjects(reader(100), ["HEAD"])).rejects.toMatchObject({
    code: "source_unreachable",
    next: "retry",
    message:
      "Reading the mirror of a.example: git produced no output for 0.1 s and was stopped. Check the disk of the data directory, or raise `timeout`.",
  });
  expect(listProcesses(PATH)).toEqual([]);
});

test("git that the system has killed is reported by its signal, and neither for a damaged mirror nor for a refused delivery", async () => {
  const { PATH, reader } = makeGit("kill -9 $$");
  const told = {
    code: "no_process",
    next: "retry",
    message: expect.stringMatching(/a\.example.*: git was killed by SIGKILL\. .*memory/),
  };
  await expect(lookUpObjects(reader(PATIENCE_MS), ["HEAD"])).rejects.toMatchObject(told);
  const explain = (error: unknown) => explainGitError(error, "a.example");
  const git = openGit(PATH, { environment: { PATH }, timeoutMs: PATIENCE_MS, explain });
  await expect(git(["push"])).rejects.toMatchObject(told);
});
