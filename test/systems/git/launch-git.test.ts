import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { hasCode } from "../../../src/model/errors/has-code.ts";
import { launchGit } from "../../../src/systems/git/launch-git.ts";
import { listProcesses } from "../../set-up/list-processes.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { waitFor } from "../../set-up/wait-for.ts";

const LARGE = import.meta.resolve("./launch-large.ts").slice("file://".length);

/** A folder with a program called git that does this. */
function makeGit(script: string): string {
  const folder = makeTemporaryFolder();
  const file = join(folder, "git");
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return folder;
}

function launch(folder: string, { input = "", pause = async () => {} } = {}) {
  const chunks: Buffer[] = [];
  const said: string[] = [];
  const start = { args: [], folder, environment: { PATH: `${folder}:/usr/bin:/bin` }, input, isDetached: true };
  const git = launchGit(start, {
    onOutput: async (chunk) => {
      chunks.push(chunk);
      await pause();
    },
    onSaid: (words) => void said.push(words),
  });
  return { ...git, output: () => Buffer.concat(chunks), said: () => said.join("") };
}

/** A process of so many MB that runs this git. */
function startLarge(folder: string, megabytes: number) {
  const command = [process.execPath, LARGE, folder, String(megabytes)];
  const as = 'ulimit -S -c "$(ulimit -H -c)"; exec "$0" "$@"';
  const child = spawn("/bin/sh", ["-c", as, ...command], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** What git's parent was started with. */
const SHOW_PARENT = "/usr/bin/tr '\\0' ' ' </proc/$PPID/cmdline";

test("a launched git has its input, its variables alone, and its output is complete", async () => {
  const bytes = 20_000_000;
  const git = launch(
    makeGit(`head -c ${bytes} /dev/zero; cat; env | grep -v -e PWD= -e SHLVL= -e _=; echo words >&2; exit 3`),
    {
      input: "input\n",
    },
  );
  expect(await git.ended).toMatchObject({ code: 3, killer: null });
  expect(git.output().length).toBeGreaterThan(bytes);
  expect(git.output().subarray(bytes).toString()).toMatch(/^input\nPATH=[^\n]*\n$/);
  expect(git.said()).toBe("words\n");
});

test("what keeps git from starting is what Node says of it", async () => {
  const PATH = makeTemporaryFolder();
  const start = { args: [], folder: PATH, environment: { PATH }, input: "", isDetached: true };
  await expect(launchGit(start, { onOutput() {}, onSaid() {} }).ended).rejects.toMatchObject({
    message: "spawn git ENOENT",
    code: "ENOENT",
    syscall: "spawn git",
  });
});

test("a git that can't be started for its many arguments keeps no other from running", async () => {
  const folder = makeGit("cat");
  const start = { args: [], folder, environment: { PATH: folder }, input: "still here", isDetached: true };
  const listener = { onOutput() {}, onSaid() {} };
  const args = Array.from({ length: 30_000 }, () => "x".repeat(1_000));
  await expect(launchGit({ ...start, args }, listener).ended).rejects.toMatchObject({ code: "E2BIG" });
  const git = launch(folder, { input: "still here" });
  expect(await git.ended).toMatchObject({ code: 0 });
  expect(git.output().toString()).toBe("still here");
});

test("a small process starts git itself, a large one by a launcher", async () => {
  const folder = makeGit(SHOW_PARENT);
  expect(await text(startLarge(folder, 0).stdout)).toContain("launch-large.ts");
  expect(await text(startLarge(folder, 300).stdout)).toContain("launcher.ts");
});

test("when a process is killed, its launcher ends, and all that it has launched", async () => {
  const folder = makeGit('echo "$$"; /usr/bin/tail -f "$0"');
  const child = startLarge(folder, 300);
  await waitFor(
    () => listProcesses(`tail -f ${folder}`).length > 0,
    () => "git was not started",
  );
  child.kill("SIGKILL");
  await once(child, "exit");
  await waitFor(
    () => listProcesses(folder).length === 0,
    () => listProcesses(folder).join("\n"),
  );
});

test("when a launcher is killed, its gits are ended and reported as killed, and the next one has a new launcher", async () => {
  const folder = makeGit('echo "$PPID"; tail -f "$0" >/dev/null');
  const git = launch(folder);
  await waitFor(
    () => git.output().length > 0,
    () => "git was not started",
  );
  process.kill(Number(git.output().toString()), "SIGKILL");
  await expect(git.ended).rejects.toThrow("git was killed by SIGKILL");
  await waitFor(
    () => listProcesses(folder).length === 0,
    () => listProcesses(folder).join("\n"),
  );
  expect(await launch(makeGit("exit 4")).ended).toMatchObject({ code: 4 });
});

test("when a launcher hangs, the order to kill one of its gits ends it with all of its gits, and the next one has a new launcher", async () => {
  const folder = makeGit('echo "$PPID"; tail -f "$0" >/dev/null');
  const gits = [launch(folder), launch(folder)] as const;
  const ended = gits.map((git) => git.ended.catch(String));
  await waitFor(
    () => gits.every((git) => git.output().length > 0),
    () => "git was not started",
  );
  const hung = Number(gits[0].output().toString());
  process.kill(hung, "SIGSTOP");
  onTestFinished(() => endProcess(hung));
  gits[0].kill("SIGKILL");
  const error = expect.stringContaining("git was killed by SIGKILL: the process that starts it did not answer");
  expect(await Promise.all(ended)).toEqual([error, error]);
  await waitFor(
    () => listProcesses(folder).length === 0,
    () => listProcesses(folder).join("\n"),
  );
  const next = launch(makeGit('echo "$PPID"'));
  expect(await next.ended).toMatchObject({ code: 0 });
  expect(Number(next.output().toString())).not.toBe(hung);
});

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

test("a git that crashes leaves no file of its memory, where tokens are, started by a small process and by a large one", async () => {
  const folder = makeGit("ulimit -c");
  for (const megabytes of [0, 300]) expect((await text(startLarge(folder, megabytes).stdout)).trim()).toBe("0");
});
