import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { MOVED, REPOSITORY } from "./manifests.ts";
import { planInProcess } from "./plan-in-process.ts";
import { type Desk, openAppliedDesk, openDesk, PROGRAM } from "./run-program.ts";

/** Starts the program on a desk with pipes that the test holds. */
function spawnOn({ env, folder }: Desk, args: readonly string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

describe("a reader that goes away early", () => {
  test.each(["plan", "validate", "status"])("ends %s without a stack trace", async (command) => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const child = spawnOn(desk, [command, ...(command === "status" ? [] : [desk.repository]), "--json"]);
    child.stdout.destroy();
    const [stderr] = await Promise.all([text(child.stderr), once(child, "exit")]);
    expect(stderr).not.toMatch(/\n\s+at |EPIPE/);
  });

  test("does not stop an apply half-way", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const child = spawnOn(desk, ["apply", desk.repository, "--auto-approve"]);
    child.stdout.destroy();
    child.stderr.destroy();
    await once(child, "exit");
    expect((await planInProcess(desk)).steps).toEqual([]);
  });
});

describe("a full disk under what is printed", () => {
  test.each([
    ["plan", []],
    ["apply", ["--auto-approve"]],
  ])("ends %s with one line and exit 1, and stops no write half-way", async (command, flags) => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    const full = openSync("/dev/full", "w");
    const args = [PROGRAM, command, desk.repository, ...flags];
    const child = spawn(process.execPath, args, {
      ...{ env: desk.env, cwd: desk.folder },
      stdio: ["ignore", full, "pipe"],
    });
    closeSync(full);
    const stderr = child.stderr === null ? Promise.resolve("") : text(child.stderr);
    const [[code]] = await Promise.all([once(child, "exit"), stderr]);
    expect([code, await stderr]).toEqual([1, expect.stringMatching(/^Error: Output was lost: .*ENOSPC/m)]);
    expect(await stderr).not.toMatch(/\n\s+at /);
    expect((await planInProcess(desk)).steps.length > 0).toBe(command === "plan");
  });
});

describe("an apply that is interrupted while it waits", () => {
  test("prints its report as one document, exit 1, and the next one goes on", async () => {
    const desk = await openAppliedDesk(REPOSITORY);
    await desk.post("/inflight", { queue: "c1", cluster: "c1", runs: 1 });
    desk.write(MOVED);
    const child = spawnOn(desk, ["apply", desk.repository, "--auto-approve", "--json"]);
    const stdout = text(child.stdout);
    child.stderr.setEncoding("utf8").on("data", (words: string) => {
      if (words.includes("still has work")) child.kill("SIGINT");
    });
    const [[code]] = await Promise.all([once(child, "exit"), stdout]);
    const report = { status: "cancelled", exit_code: 1, left_drained: ["cluster.c1"] };
    expect([code, JSON.parse(await stdout)]).toMatchObject([1, report]);
    await desk.post("/inflight", { queue: "c1", cluster: "c1", runs: 0 });
    expect((await desk.run(["apply", desk.repository, "--auto-approve"])).code).toBe(0);
    expect((await planInProcess(desk)).steps).toEqual([]);
  });
});

describe("the command line", () => {
  test.each([
    ["--timeout 0s, which would wait for ever", ["--json", "--timeout", "0s", "repository"], /--timeout 0s/],
    ["what failed, with --json=true", ["--json=true", "nowhere"], /folder not found/],
    ["what failed, with the folder after --", ["--json", "--", "nowhere"], /folder not found/],
  ])("names %s in one document", async (_what, args, words) => {
    const desk = await openDesk();
    const { code, stdout } = await desk.run(["plan", ...args]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).error.message).toMatch(words);
  });
});

describe("a machine that keeps no state", () => {
  test("applies all the same, and says that no journal is kept", async () => {
    const desk = await openDesk();
    desk.write(REPOSITORY);
    writeFileSync(join(desk.folder, "file"), "");
    const env = { XDG_STATE_HOME: join(desk.folder, "file"), LC_ALL: "C", LANG: "C" };
    const { code, stdout, stderr } = await desk.run(["apply", desk.repository, "--auto-approve", "--json"], env);
    expect([code, JSON.parse(stdout).status]).toEqual([0, "applied"]);
    expect(stderr).toContain("Note: there is no crash journal");
  });
});
