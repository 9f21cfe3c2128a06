import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { runInProcess } from "../../set-up/run-in-process.ts";

const NAMES = ["poolkeeper.sqlite", "poolkeeper.sqlite-wal", "poolkeeper.sqlite-shm", "daemon.lock", "daemon.json"];

/** A store that a daemon has open; links to its folder and to its file; a control plane that counts what is asked of it. */
async function openScene() {
  const folder = makeTemporaryFolder();
  const store = join(folder, "store");
  const database = await openDatabase(store, { exclusive: true });
  onTestFinished(() => database.close());
  await database.records.proveWrite();
  symlinkSync(store, join(folder, "linked"));
  symlinkSync(join("store", "poolkeeper.sqlite"), join(folder, "link"));
  linkSync(join(store, "poolkeeper.sqlite-wal"), join(folder, "hard"));
  mkdirSync(join(folder, "manifests"));
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const read = () => readdirSync(store).map((name) => [name, readFileSync(join(store, name), "base64")]);
  return { folder, store, endpoint, read, asked: () => asked };
}

test.each([
  ["backup", ["FILE", "--store", "store"]],
  ["plan", ["manifests", "--out", "FILE", "--store", "store"]],
  ["graph", ["manifests", "--out", "FILE"]],
  ["pr-comment", ["plan.json", "--metadata-out", "FILE"]],
])("%s replaces no file of a store, and says so before it reads anything", async (command, args) => {
  const { folder, store, endpoint, read, asked } = await openScene();
  const before = read();
  const connection = ["plan", "graph"].includes(command) ? ["--endpoint", endpoint, "--org", "acme"] : [];
  // A hard link is recognised where the store is named.
  const linked = args.includes("--store") ? ["link", "hard"] : ["link"];
  const files = [...NAMES.map((name) => join("store", name)), join(folder, "linked", "daemon.lock"), ...linked];
  for (const file of files) {
    const given = [command, ...args.map((arg) => (arg === "FILE" ? file : arg)), ...connection];
    const { code, stdout, stderr } = await runInProcess(given, {}, folder);
    expect([code, stdout, stderr]).toEqual([
      1,
      "",
      expect.stringMatching(/can't be saved in \S+: it is a file of the store in \S+store,.* Name another file\./),
    ]);
  }
  expect([read(), asked(), existsSync(join(store, "poolkeeper.sqlite-wal"))]).toEqual([before, 0, true]);
});

test("a name of a store's file that is missing at the moment is kept too; other files in the store's folder are not", async () => {
  const folder = makeTemporaryFolder();
  const store = join(folder, "store");
  await (await openDatabase(store)).close();
  const backUp = (file: string) => runInProcess(["backup", file, "--store", store], {}, folder);
  expect((await backUp(join(store, "poolkeeper.sqlite-wal"))).code).toBe(1);
  expect((await backUp(join(store, "backup.gz"))).code).toBe(0);
  expect((await backUp(join(folder, "daemon.lock"))).code).toBe(0);
  symlinkSync("loop", join(folder, "loop"));
  expect((await backUp(join(folder, "loop"))).code).toBe(0);
  expect(await backUp(join(folder, "daemon.lock", "x.gz"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("ENOTDIR"),
  });
  expect(readdirSync(store).sort()).toEqual(["backup.gz", "poolkeeper.sqlite"]);
});

test("a lock file that is none is named when a daemon starts, and the store is whole", async () => {
  const folder = makeTemporaryFolder();
  await (await openDatabase(folder, { exclusive: true })).close();
  writeFileSync(join(folder, "daemon.lock"), "a backup, longer than the header of a database ".repeat(20));
  await expect(openDatabase(folder, { exclusive: true })).rejects.toMatchObject({
    code: "store_failed",
    next: "stop",
    message: expect.stringMatching(/daemon\.lock is no lock file: .* remove this file\.$/),
  });
  await (await openDatabase(folder)).close();
});
