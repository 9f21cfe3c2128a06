import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openStore } from "../../src/embedded/open-embedded-store.ts";
import { listRecords } from "../../src/embedded/state/create-state.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { openWorld } from "./open-world.ts";

const ACME = { org: "acme", generation: "2026-11" } as const;

test("a model opened again has the same records, deleted ones and generations included", async () => {
  const folder = join(makeTemporaryFolder(), "made", "on", "the", "way");
  const store = openStore(folder, ACME);
  const before = openWorld("2026-11", { store });
  await before.pool("prod");
  await before.cluster("c", "prod");
  await before.queue("q", { depth: 7 });
  await before.drainQueue("q");
  await before.deleteQueue("q");
  const records = listRecords(before.model.state);
  store.close();
  const again = openStore(folder, ACME);
  expect(listRecords(openWorld("2026-11", { store: again }).model.state)).toEqual(records);
  again.close();
});

test("a folder from before settings were served keeps the default queues that it holds", () => {
  const folder = makeTemporaryFolder();
  openStore(folder, ACME).close();
  const database = new DatabaseSync(join(folder, "control-plane.sqlite"));
  const insert = database.prepare("insert into records (kind, name, record) values ('setting', ?, ?)");
  insert.run("dev", JSON.stringify({ scope: "dev", default_queue: "q" }));
  const kept = { scope: "", version: 3, values: { "run.default_queue": "r" } };
  insert.run("", JSON.stringify(kept));
  database.close();
  const store = openStore(folder, ACME);
  expect(store.records).toEqual([
    { table: "setting", key: "", record: kept },
    { table: "setting", key: "dev", record: { scope: "dev", version: 1, values: { "run.default_queue": "q" } } },
  ]);
  store.close();
});

test("changes that cannot be kept are not made in memory either", async () => {
  const store = openStore(makeTemporaryFolder(), ACME);
  const world = openWorld("2026-11", { store });
  store.close();
  await expect(world.pool("prod")).rejects.toThrow();
  expect(world.model.state.pool.keys).toEqual(["default"]);
});

test("a folder of another organization or generation is refused", () => {
  const folder = makeTemporaryFolder();
  openStore(folder, ACME).close();
  expect(() => openStore(folder, { ...ACME, org: "other" })).toThrow(
    expect.objectContaining({ code: "store_mismatch" }),
  );
  expect(() => openStore(folder, { ...ACME, generation: "2026-07" })).toThrow(
    /holds organization acme of generation 2026-11/,
  );
});

test("a folder that is a file, and a file that is no database, are refused with the path", () => {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, "file"), "x");
  expect(() => openStore(join(folder, "file"), ACME)).toThrow(expect.objectContaining({ code: "store_unreadable" }));
  writeFileSync(join(folder, "control-plane.sqlite"), "this is no database, whatever its name says".repeat(50));
  expect(() => openStore(folder, ACME)).toThrow(/cannot be opened/);
});
