/** The attacker has the files of a store that a release before this one has written: of SQLite, or of a PostgreSQL server. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { ACME } from "../store/acme.ts";
import { makeKeptPlan } from "../store/make-kept-plan.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { writable } from "../store/writable.ts";

const AT = "2026-11-02T09:00:00.000Z";

let server: TestPostgres;
beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

/** A store of one kind, and what the attacker and an older release do to it. */
interface Place {
  readonly location: string;
  /** All bytes of its tables. */
  readonly readAll: () => Promise<string>;
  /** Makes it one of a release that sealed nothing. */
  readonly forgetKey: () => Promise<void>;
}

function openFolder(): Place {
  const folder = makeTemporaryFolder();
  return {
    location: folder,
    readAll: async () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), "latin1"))
        .join("\n"),
    forgetKey: async () => {
      const database = new DatabaseSync(join(folder, "poolkeeper.sqlite"));
      database.exec("delete from vault_key");
      database.close();
    },
  };
}

/** The files of every table, of its index and of what is kept beside it. */
const READ_FILES = `select coalesce(string_agg(encode(pg_read_binary_file(pg_relation_filepath(oid)), 'escape'), ''), '') as bytes
  from pg_class where relnamespace in ('public'::regnamespace, 'pg_toast'::regnamespace) and relfilenode <> 0`;

async function openDatabaseOfServer(): Promise<Place> {
  const location = await server.makeDatabase();
  const ask = async (...statements: readonly string[]) => {
    const client = new Client({ connectionString: location });
    await client.connect();
    try {
      const answers = [];
      for (const statement of statements) answers.push(await client.query(statement));
      return answers.at(-1)?.rows ?? [];
    } finally {
      await client.end();
    }
  };
  return {
    location,
    readAll: async () => String((await ask("checkpoint", READ_FILES))[0]?.bytes),
    forgetKey: async () => void (await ask("delete from vault_key")),
  };
}

describe.each([
  ["SQLite", async () => openFolder()],
  ["PostgreSQL", openDatabaseOfServer],
])("a store of a former release: %s", (_name, openPlace) => {
  test("what was kept in clear is sealed or gone once the store is used, also from the files, and what is owned is still known", async () => {
    const { location, readAll, forgetKey } = await openPlace();
    const old = await openDatabase(location);
    const store = await writable(old.storeOf(ACME));
    const common = {
      previous_names: [],
      lifecycle: { prevent_destroy: false, on_remove: "delete" },
      manifest: null,
      revision: null,
      updated_at: AT,
    } as const;
    await store.recordAllOwned([
      {
        ...common,
        ...{ address: "settings.acme/dev", kind: "settings", name: "acme/dev", physical_name: "acme/dev" },
        applied: { settings: { environment_variables: { A: "mark-of-settings" }, labels: { team: "ml" } } },
      },
      {
        ...common,
        ...{ address: "flyte_clusters.flyte", kind: "flyte_clusters", name: "flyte", physical_name: "flyte" },
        applied: { files: { "flyte/values-override.yaml": "db: {password: mark-of-values, host: h}\n" } },
      },
    ]);
    const plan = makeKeptPlan({ digest: "a".repeat(64) });
    const change = { address: "settings.acme", before: { settings: { environment_variables: { A: "mark-of-plan" } } } };
    await old.records.keepPlan({ ...plan, plan: Object.assign({}, plan.plan, { changes: [change] }) });
    await store.recordIntent({
      ...{
        run_id: "1",
        step_id: "s",
        address: "settings.acme",
        physical_name: "acme",
        op: "delete",
        phase: null,
        at: AT,
      },
      body: { before: { settings: { environment_variables: { A: "mark-of-journal" } } } },
      wrote: null,
    });
    await old.close();
    await forgetKey();
    expect(await readAll()).toContain("mark-of-");
    const now = await openDatabase(location);
    const key = await now.storeOf(ACME).vaultKey();
    expect(await now.storeOf(ACME).vaultKey()).toEqual(key);
    expect(await readAll()).not.toContain("mark-of-");
    expect(await now.storeOf(ACME).readOwned()).toMatchObject([
      {
        applied: {
          files: {
            "flyte/values-override.yaml": expect.stringMatching(/^db: \{password: \(sensitive:\w+\), host: h\}\n$/),
          },
        },
      },
      { applied: { settings: { environment_variables: { A: { sealed: true } }, labels: { team: "ml" } } } },
    ]);
    await now.close();
    expect(await readAll()).not.toContain("mark-of-");
  });
});
