import type { Address } from "../model/address.ts";
import { createTurns } from "../model/in-turns.ts";
import type { JsonObject } from "../model/json/json.ts";
import { type Blame, type BlamedField, EMPTY_LOG, foldBlame, foldEntries, type Look } from "../model/ledger/blame.ts";
import { followNames, type NamePair, nameObject } from "../model/ledger/change-log.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { hideFile } from "../model/plan/hide-files.ts";
import { createVault, type Vault } from "../sealing/create-vault.ts";
import { createIsSensitive } from "../sealing/sensitive-rules.ts";
import type { Store } from "./open-store.ts";
import { type Applied, sealApplied } from "./sealing/seal-applied.ts";

/** What a blame is asked with. */
export interface BlameQuery {
  readonly address: Address;
  /** The operator's patterns of what is sensitive now. */
  readonly patterns: readonly string[];
  /** The live object as it was last read; `object`: as it is on record, null where there is none. Null: it was not read. */
  readonly look: (object: OwnedObject | null) => Promise<Look | null>;
}

/** Entries per read. */
const PAGE = 1000;

/**
 * The origin of each field of an object, by the store's records, at the places that the target has now; null: the object is unknown. Texts
 * of files are left out.
 */
export async function readBlame(
  store: Pick<Store, "readChanges" | "readOwned" | "vaultKey">,
  { address, patterns, look }: BlameQuery,
): Promise<Blame | null> {
  const { log, pairs } = await foldLog(store, { address, patterns });
  const [oldest] = await store.readChanges({ patterns, limit: 1, order: "oldest" });
  const object = findOwned(await store.readOwned(), followNames(address, pairs));
  const key = await store.vaultKey();
  const vault = createVault({ key, isSensitive: createIsSensitive({ patterns, own: new Map() }) });
  const blame = foldBlame(address, {
    ...{ log, look: await look(object), log_began: oldest?.at ?? null },
    // What became sensitive is sealed by the next pass, and not shown until then.
    object: object && { ...object, applied: sealSettingsOf(object.address, object.applied, vault) },
  });
  return blame && { ...blame, fields: blame.fields.map((field) => hideText(blame, field)) };
}

/** Page by page: all values of a long log together may be more than there is room for. */
async function foldLog(
  store: Pick<Store, "readChanges">,
  { address, patterns }: Pick<BlameQuery, "address" | "patterns">,
) {
  const turns = createTurns();
  const pairs = new Map<string, NamePair>();
  let log = EMPTY_LOG;
  for (let after = 0; ; ) {
    const page = await store.readChanges({ address, patterns, here: true, after, limit: PAGE, order: "oldest" });
    const last = page.at(-1);
    if (last === undefined) return { log, pairs: [...pairs.values()] };
    log = foldEntries(log, page);
    for (const { address, kind, physical_name } of page) {
      pairs.set(JSON.stringify([address, kind, physical_name]), { address, kind, physical_name });
    }
    after = last.seq;
    await turns();
  }
}

/** An object whose fields are known. */
interface Known extends OwnedObject {
  readonly applied: JsonObject;
}

/** By its names, in the order in which they count: as it was asked for, and then as it was called besides. */
function findOwned(owned: readonly OwnedObject[], names: ReadonlySet<Address>): Known | null {
  for (const name of names) {
    const found = owned.find(({ address }) => address === name) ?? owned.find((object) => nameObject(object) === name);
    // What is recorded survives JSON.
    if (found?.applied) return { ...found, applied: found.applied as JsonObject };
  }
  return null;
}

function sealSettingsOf(address: Address, applied: JsonObject, vault: Vault): JsonObject {
  return applied.settings === undefined
    ? applied
    : (sealApplied(address, applied as Applied, { vault, texts: [] }) as JsonObject);
}

/** Files are long, and may hold what became sensitive: only their presence is shown. */
function hideText({ address }: Blame, field: BlamedField): BlamedField {
  if (!address.startsWith("flyte_clusters.") || !field.path.startsWith("files.")) return field;
  return { ...field, value: hideFile(field.value), ...(field.live !== undefined && { live: hideFile(field.live) }) };
}
