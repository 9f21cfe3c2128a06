import { isJsonObject, isText, listOf } from "../../model/json/shape.ts";
import type { ChangeEntry, IntendedChange } from "../../model/ledger/change-log.ts";
import { isChangeEntry } from "../../model/ledger/change-log-shape.ts";
import type { JournalEntry } from "../../model/ledger/ledger.ts";
import { isKind } from "../../model/plan/plan-texts.ts";
import { keepValues } from "../../model/secrets/keep-values.ts";
import { isMaskedKind, maskValue } from "../../model/secrets/mask-credentials.ts";
import { DamagedEntryError, readStoredJson } from "../database/read-stored-json.ts";
import type { ChangeEntryRow } from "../database/store-schema.ts";
import { SEALABLE } from "../sealing/create-sealings.ts";
import { LEFT_OUT } from "./former-values.ts";

/** A write that is intended, as a row without a place in the log; the target's columns, the place and the id are the caller's. */
export function toChangeRow(
  { run_id, step_id, address, physical_name, op, at }: JournalEntry,
  { before, after, overrides, sealed_by, ...why }: IntendedChange,
): Omit<ChangeEntryRow, "org" | "endpoint" | "place" | "id"> {
  const isSealable = SEALABLE.some((kind) => address.startsWith(kind));
  return {
    ...{ ...why, run_id, step_id, address, physical_name, op, at, seq: null, result: null },
    before: before === null ? null : JSON.stringify(keepValues(before)),
    after: after === null ? null : JSON.stringify(keepValues(after)),
    overrides: JSON.stringify(overrides),
    sealed_by: isSealable ? sealed_by : "",
  };
}

/** The entry of a row that is in the log. `isShown`: whether its values may be. Throws an OperationalError when the row was altered by hand. */
export function fromChangeRow(row: ChangeEntryRow, isShown: boolean): ChangeEntry {
  const { org: _org, endpoint: _endpoint, id, seq, place, before, after, overrides, sealed_by: _sealed, ...rest } = row;
  // Earlier releases kept addresses of buckets and registries as given, with credentials.
  const isMasked = isKind(rest.kind) && isMaskedKind(rest.kind);
  const read = (text: string | null) => {
    if (text === null || text === LEFT_OUT || !isShown) return null;
    const values = readStoredJson(text, `change ${id}`, isJsonObject);
    return isMasked ? maskValue(values) : values;
  };
  const entry: unknown = {
    ...rest,
    seq,
    place: place === "" ? null : place,
    before: read(before),
    after: read(after),
    overrides: readStoredJson(overrides, `change ${id}`, listOf(isText)),
    ...(isShown ? {} : { withheld: true }),
    ...([before, after].includes(LEFT_OUT) && { left_out: true }),
  };
  if (isChangeEntry(entry)) return entry;
  throw new DamagedEntryError(`change ${id}`);
}
