// A process of its own for tests: node run-starved.ts FOLDER. Takes all file descriptors that it may have, and then says for each way to run a program
// what came of it, one line each.

import { closeSync, openSync } from "node:fs";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { explainSourceError } from "../../../src/reconcile/source/explain-source-error.ts";
import { lookUpObjects } from "../../../src/reconcile/source/read-objects.ts";
import { createRunTask } from "../../../src/reconcile/workers/create-run-task.ts";
import { explainGitError } from "../../../src/systems/delivery/explain-git-error.ts";
import { openGit } from "../../../src/systems/git/open-git.ts";
import { PATIENCE_MS } from "../../set-up/patience.ts";

const [folder = ""] = process.argv.slice(2);
const environment = { PATH: process.env.PATH ?? "", GIT_DIR: folder };
const source = {
  environment,
  timeoutMs: PATIENCE_MS,
  explain: (error: unknown) => explainSourceError(error, "a.example", (text) => text),
};
const delivery = { ...source, explain: (error: unknown) => explainGitError(error, "a.example") };
const reader = {
  environment,
  tip: "HEAD",
  place: "a.example",
  timeoutMs: PATIENCE_MS,
  signal: new AbortController().signal,
};

const INPUT = { files: { "a.yaml": "a: b" } } as never;

const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  "git in a mirror": () => openGit(folder, source)(["rev-parse", "HEAD"]),
  "git in a clone": () => openGit(folder, delivery)(["rev-parse", "HEAD"]),
  "a read of objects": () => lookUpObjects(reader, ["HEAD"]),
  "a task": () => createRunTask({ smallest: 0 })({ target: "prod", repository: "routing" })("recall", INPUT, undefined),
};

async function judge(work: () => Promise<unknown>): Promise<string> {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    // There is none left.
  }
  try {
    return await work().then(
      () => "done",
      (error: unknown) => (error instanceof OperationalError ? error.code : String(error)),
    );
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}

// What is loaded late is loaded before.
for (const work of Object.values(ways)) await work().catch(() => undefined);
for (const [name, work] of Object.entries(ways)) process.stdout.write(`${name}: ${await judge(work)}\n`);
