import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { homeIn, PROGRAM } from "./run-program.ts";

/** Runs the program where no file may be longer than so many bytes: what is written beyond fails, as on a full disk. */
function runLimited(bytes: number, args: readonly string[], folder: string) {
  const limited = `trap '' XFSZ; ulimit -f ${bytes / 512}; exec "$0" "$@"`;
  const options = { env: homeIn(folder), cwd: folder };
  return new Promise<{ readonly code: unknown; readonly stderr: string }>((resolve) => {
    execFile("/bin/sh", ["-c", limited, process.execPath, PROGRAM, ...args], options, (error, _stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stderr }),
    );
  });
}

test("a backup that the disk has no room for says so, and leaves nothing", async () => {
  const folder = makeTemporaryFolder();
  const store = join(folder, "store");
  const { records, close } = await openDatabase(store);
  const at = await records.now();
  for (let entry = 0; entry < 100; entry += 1) {
    const details = { said: randomBytes(1_000).toString("base64") };
    await records.addAudit({ id: randomUUID(), at, target: "prod", who: "ada", via: "cli", action: "pause", details });
  }
  await close();
  const { code, stderr } = await runLimited(65_536, ["backup", "store.gz", "--store", store], folder);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^Error: The backup can't be written to store\.gz: EFBIG/)]);
  expect(readdirSync(folder).filter((name) => name.includes("store.gz"))).toEqual([]);
});

test("a file of a new repository that the disk has no room for is not left half, so that the same command can be repeated", async () => {
  const folder = makeTemporaryFolder();
  const { code, stderr } = await runLimited(512, ["init", "repository"], folder);
  const [, path = ""] = /^Error: (\S+) can't be written: EFBIG/m.exec(stderr) ?? [];
  expect([code, path, existsSync(join(folder, path))]).toEqual([1, expect.stringMatching(/^repository\//), false]);
  expect(await runInProcess(["init", "repository"], homeIn(folder), folder)).toMatchObject({ code: 0 });
});

test("a daemon whose folder for mirrors has no room, or is none, says so and how to get on", async () => {
  const folder = makeTemporaryFolder();
  const target = {
    name: "prod",
    repository: { url: `file://${folder}/config.git` },
    control_plane: { endpoint: "https://acme.example.com", org: "acme" },
  };
  const store = { database_url: { env: "DATABASE_URL" } };
  writeFileSync(join(folder, "poolkeeper.yaml"), JSON.stringify({ targets: [target], store }));
  const message =
    /^Error: The folder \S+poolkeeper\/daemon-1 for mirrors of repositories can't be used: .*XDG_CACHE_HOME/m;
  const full = await runLimited(0, ["run", "--config", "poolkeeper.yaml"], folder);
  expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(message)]);
  const env = { ...homeIn(folder), XDG_CACHE_HOME: join(folder, "poolkeeper.yaml") };
  const none = await runInProcess(["run", "--config", "poolkeeper.yaml"], env, folder);
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(message)]);
});
