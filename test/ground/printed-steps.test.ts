import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { waitFor } from "../set-up/wait-for.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** Runs `npm start` until it has printed what to try next: `steps` are those commands, line by line. */
async function startAsDescribed() {
  const child = spawn("npm", ["start"], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: "" },
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  const end = async () => {
    interrupt(child);
    await ended;
  };
  onTestFinished(end);
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    printed += part;
  });
  await waitFor(
    () => child.exitCode !== null || /^ {2}flyte .*\n/m.test(printed),
    () => printed,
  );
  const [, next = ""] = printed.split("To try next, in another terminal");
  return { steps: [...next.matchAll(/^ {2}(\S.*)$/gm)].map(([, line = ""]) => line), end };
}

/** Ctrl-C on a terminal reaches all of them. */
function interrupt({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGINT");
}

/** Another terminal: its first Node is none that could run this checkout, and it has a stand-in for the upstream client. */
function openTerminal() {
  const folder = makeTemporaryFolder();
  const install = (name: string, script: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  install("node", 'echo "This is another Node." >&2; exit 97');
  install("flyte", 'echo "flyte $*"');
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder };
  return {
    paste: async (lines: readonly string[]) => {
      const shell = spawn("bash", ["--norc", "--noprofile"], { cwd: folder, env });
      // A shell that nobody looks at expands no alias otherwise.
      shell.stdin.end(["shopt -s expand_aliases", "set -o errexit", ...lines, ""].join("\n"));
      const [stdout, stderr, [code]] = await Promise.all([
        text(shell.stdout),
        text(shell.stderr),
        once(shell, "close"),
      ]);
      return { code, stdout, stderr };
    },
  };
}

test("what npm start says to try next works as pasted in a terminal with another Node, to the approval that it leads to", async () => {
  const { steps, end } = await startAsDescribed();
  // In an interactive zsh a comment is words of the command.
  expect(steps.filter((line) => /(^|\s)#/.test(line))).toEqual([]);
  const terminal = openTerminal();
  const tried = await terminal.paste(steps);
  expect(tried).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\bdemo\b[\s\S]*prod-us-west-2[\s\S]*flyte .*get cluster/),
  });
  const settings = steps.filter((line) => /^(alias|export) /.test(line));
  let offered: string | undefined;
  await waitFor(
    async () => {
      const { stdout } = await terminal.paste([...settings, "poolkeeper targets"]);
      offered = /poolkeeper approve .*/.exec(stdout)?.[0];
      return offered !== undefined;
    },
    () => "No approval is offered.",
  );
  const approved = await terminal.paste([...settings, `${offered} --yes`]);
  expect(approved).toMatchObject({ code: 0, stdout: expect.stringContaining("Approved: plan ") });
  const made = dirname(/^cd '?([^']*?)'?$/.exec(steps[0] ?? "")?.[1] ?? "");
  expect(existsSync(made)).toBe(true);
  await end();
  expect(existsSync(made)).toBe(false);
});
