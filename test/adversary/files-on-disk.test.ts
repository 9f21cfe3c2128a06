/**
 * The attacker has another account on the machine that poolkeeper runs on: what it keeps is read by its owner alone, whatever the
 * umask is, and whatever a former release left.
 */
import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";

/** As careless as it can be. */
function useOpenUmask(): void {
  const former = process.umask(0);
  onTestFinished(() => void process.umask(former));
}

async function openUntilEnd(folder: string): Promise<void> {
  const database = await openDatabase(folder, { exclusive: true });
  onTestFinished(() => database.close());
  await database.records.takeDelivery("1");
}

const modesIn = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]));

test("a new store is its owner's alone: folder, database, log and lock", async () => {
  useOpenUmask();
  const folder = join(makeTemporaryFolder(), "data", "store");
  await openUntilEnd(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const modes = modesIn(folder);
  expect(Object.keys(modes)).toEqual(
    expect.arrayContaining(["poolkeeper.sqlite", "poolkeeper.sqlite-wal", "daemon.lock"]),
  );
  expect(Object.values(modes).filter((mode) => mode !== 0o600)).toEqual([]);
});

test("a store that a former release left open to others is closed to them", async () => {
  useOpenUmask();
  const folder = join(makeTemporaryFolder(), "store");
  mkdirSync(folder, { mode: 0o755 });
  const first = await openDatabase(folder);
  await first.close();
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
  await openUntilEnd(folder);
  expect(Object.values(modesIn(folder)).filter((mode) => mode !== 0o600)).toEqual([]);
});
