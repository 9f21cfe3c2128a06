import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { homeIn, PROGRAM, startProgram } from "./run-program.ts";

async function serve(...flags: readonly string[]) {
  const folder = makeTemporaryFolder();
  const args = [PROGRAM, "control-plane", "--port", "0", ...flags];
  const child: ChildProcess = spawn(process.execPath, args, { env: homeIn(folder), cwd: folder });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout ?? process.stdin });
  const [first] = await once(lines, "line");
  return { child, folder, ready: JSON.parse(String(first)) };
}

describe("poolkeeper control-plane", () => {
  test("says where it serves on its first line, and SIGTERM ends it with 0", async () => {
    const { child, ready } = await serve("--generation", "2026-07", "--org", "acme", "--admin-port", "0");
    expect(ready).toEqual({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      admin_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      flyteadmin_url: ready.url,
      generation: "2026-07",
      org: "acme",
      pid: child.pid,
    });
    expect((await fetch(`${ready.admin_url}/state`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
  });

  test("without --admin-port there is no admin interface", async () => {
    const { ready } = await serve();
    expect(ready.admin_url).toBeNull();
  });

  test("two on one data folder: the second refuses with exit 1", async () => {
    const { folder } = await serve("--data", "data");
    const { code, stderr } = await startProgram(["control-plane", "--data", "data"], homeIn(folder), folder).ended;
    expect([code, stderr]).toEqual([1, expect.stringContaining("data")]);
  });

  test("a port that is in use is told so, for either interface", async () => {
    const { folder, ready } = await serve();
    const { port } = new URL(ready.url);
    for (const flag of ["--port", "--admin-port"]) {
      const { code, stderr } = await startProgram(["control-plane", flag, port], homeIn(folder), folder).ended;
      expect([code, stderr]).toEqual([1, expect.stringContaining(`Port ${port} of 127.0.0.1 is already in use`)]);
      expect(stderr).not.toMatch(/EADDRINUSE|\n\s+at /);
    }
  });
});

describe("poolkeeper demo", () => {
  test("--once applies the example repository and ends with 0", async () => {
    const folder = makeTemporaryFolder();
    const { code, stdout } = await startProgram(["demo", "--once"], homeIn(folder), folder).ended;
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Synced: The live state matches the manifests. [1-9]\d* objects were made\./),
    ]);
  });
});
