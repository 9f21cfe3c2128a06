/** The attacker has the file of a store that a release before this one has written. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-store.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { makeKeptPlan } from "../store/make-kept-plan.ts";

const TARGET = { org: "acme", endpoint: "https://acme.example.com" };
const AT = "2026-11-02T09:00:00.000Z";

const readAll = (folder: string) =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");

test("what was kept in clear is sealed or gone once the store is used, also from the file, and what is owned is still known", async () => {
  const folder = makeTemporaryFolder();
  const old = await openDatabase(folder);
  const store = old.storeOf(TARGET);
  const common = {
    previous_names: [],
    lifecycle: { prevent_destroy: false, on_remove: "delete" },
    manifest: null,
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
    ...{ run_id: "1", step_id: "s", address: "settings.acme", physical_name: "acme", op: "delete", at: AT },
    body: { before: { settings: { environment_variables: { A: "mark-of-journal" } } } },
  });
  await old.close();
  const database = new DatabaseSync(join(folder, "poolkeeper.sqlite"));
  database.exec("delete from vault_key");
  database.close();
  expect(readAll(folder)).toContain("mark-of-");
  const now = await openDatabase(folder);
  const key = await now.storeOf(TARGET).vaultKey();
  expect(await now.storeOf(TARGET).vaultKey()).toEqual(key);
  expect(readAll(folder)).not.toContain("mark-of-");
  expect(await now.storeOf(TARGET).readOwned()).toMatchObject([
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
  expect(readAll(folder)).not.toContain("mark-of-");
});
