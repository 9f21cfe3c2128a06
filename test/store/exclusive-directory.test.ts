import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase, openStore } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "./acme.ts";

/** A process that has the directory, once this resolves. */
async function startOwner(directory: string) {
  const script = join(import.meta.dirname, "open-exclusively.ts");
  const child = spawn(process.execPath, [script, directory], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  return child;
}

test("a directory that a daemon has is refused to a second one, which is told who has it; commands may open it", async () => {
  const directory = makeTemporaryFolder();
  const owner = await startOwner(directory);
  await expect(openDatabase(directory, { exclusive: true })).rejects.toMatchObject({
    code: "store_in_use",
    next: "stop",
    message: expect.stringContaining(`process ${owner.pid} on `),
  });
  const store = await openStore(directory, ACME);
  expect(await store.readOwned()).toEqual([]);
  await store.close();
});

test("a daemon that was killed leaves its directory free", async () => {
  const directory = makeTemporaryFolder();
  const owner = await startOwner(directory);
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await (await openDatabase(directory, { exclusive: true })).close();
});

test("a daemon that closes its store leaves it free, in the same process too", async () => {
  const directory = makeTemporaryFolder();
  const first = await openDatabase(directory, { exclusive: true });
  await expect(openDatabase(directory, { exclusive: true })).rejects.toMatchObject({ code: "store_in_use" });
  await first.close();
  await (await openDatabase(directory, { exclusive: true })).close();
});

test("one connection serves many targets, and closing one of them closes nothing", async () => {
  const database = await openDatabase(join(makeTemporaryFolder(), "store"));
  const [one, other] = ["acme", "globex"].map((org) => database.storeOf({ ...ACME, org }));
  await one?.close();
  expect([await one?.readOwned(), await other?.readOwned(), await other?.leases.read()]).toEqual([[], [], null]);
  expect(database.place).toMatch(/poolkeeper\.sqlite$/);
  await database.close();
});
