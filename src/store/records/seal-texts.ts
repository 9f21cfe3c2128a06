import type { Json } from "../../model/json/json.ts";
import { isJson } from "../../model/json/shape.ts";
import { readStoredJson } from "../database/read-stored-json.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";
import type { PartToSeal } from "../sealing/sealed-kept.ts";
import { nameUncovered } from "../sealing/uncovered.ts";
import { blankTexts, NOT_KEPT } from "./blank-texts.ts";

/** Texts of a target that may repeat a value of settings or files, as they are and as they are to be. */
export interface TextsToSeal extends PartToSeal {
  readonly passes: readonly Text[];
  readonly acts: readonly Text[];
}

interface Text {
  readonly id: string;
  readonly before: string;
  readonly after: string;
}

/** Outcomes that repeat what manifests, rules and servers say, about any object. */
const QUOTING = ["invalid", "inconclusive", "failed", "blocked", "cancelled"].map((kind) => `{"kind":"${kind}"%`);

/** Acts on record with a text of which the daemon does not know what is in it: what its comment was made to say, which was a plan before. */
const QUOTING_ACTS = ["restore_comment"];

/** Reads what is to be sealed of a target's texts; none where no more is sensitive than before. */
export async function readTexts({ db }: StoreConnection, target: string, part: PartToSeal): Promise<TextsToSeal> {
  const named = nameUncovered(part.uncovered);
  if (named.length === 0) return { ...part, passes: [], acts: [] };
  const passes = await db
    .selectFrom("pass_record")
    .select(["id", "outcome"])
    .where("target", "=", target)
    .where((row) => row.or([...named, ...QUOTING].map((one) => row("outcome", "like", one))))
    .execute();
  const acts = await db
    .selectFrom("audit_entry")
    .select(["id", "details"])
    .where("target", "=", target)
    .where("action", "in", QUOTING_ACTS)
    .execute();
  return {
    ...part,
    passes: passes.map(({ id, outcome }) => change(id, outcome, (read) => blankTexts(read))).filter(isChanged),
    acts: acts.map(({ id, details }) => change(id, details, blankSaid)).filter(isChanged),
  };
}

/** Seals them: sightings go, since a hash of values that has no key can be guessed from. Gives how many texts there were. */
export function* sealTexts(
  { db }: StoreConnection,
  target: string,
  { uncovered, mark, passes, acts }: TextsToSeal,
): Statements<number> {
  let count = 0;
  for (const { id, before, after } of passes) {
    count += yield db
      .updateTable("pass_record")
      .set({ outcome: after })
      .where("id", "=", id)
      .where("outcome", "=", before);
  }
  for (const { id, before, after } of acts) {
    count += yield db
      .updateTable("audit_entry")
      .set({ details: after })
      .where("id", "=", id)
      .where("details", "=", before);
  }
  if (uncovered.length > 0) {
    const named = nameUncovered(uncovered);
    yield db
      .deleteFrom("sighting_list")
      .where("target", "=", target)
      .where((row) => row.or(named.map((one) => row("body", "like", one))));
  }
  yield mark;
  return count;
}

function change(id: string, before: string, blank: (read: Json) => Json): Text {
  return { id, before, after: JSON.stringify(blank(readStoredJson(before, id, isJson))) };
}

function isChanged({ before, after }: Text): boolean {
  return before !== after;
}

function blankSaid(details: Json): Json {
  return { ...Object(details), ...("said" in Object(details) && { said: NOT_KEPT }) };
}
