import type { Kind } from "../kinds/registry.ts";
import type { Address } from "../model/address.ts";
import type { ChangeEntry, ChangeResult, DecidedBy, IntendedChange } from "../model/change-log.ts";
import type { JournalEntry } from "../model/ledger.ts";
import { isMaskedKind, maskValue } from "../model/mask-credentials.ts";
import type { JsonObject, Origin } from "../model/plan.ts";
import type { Op } from "../model/step.ts";
import { damagedEntryError, readStoredJson } from "./read-stored-json.ts";
import { SEALABLE } from "./records/create-sealings.ts";
import type { ChangeEntryRow } from "./store-schema.ts";

/** A write that is intended, as a row without a place in the log; the target's columns, the place and the id are the caller's. */
export function toChangeRow(
  { run_id, step_id, address, physical_name, op, at }: JournalEntry,
  { before, after, overrides, sealed_by, ...why }: IntendedChange,
): Omit<ChangeEntryRow, "org" | "endpoint" | "place" | "id"> {
  const isSealable = SEALABLE.some((kind) => address.startsWith(kind));
  return {
    ...{ ...why, run_id, step_id, address, physical_name, op, at, seq: null, result: null },
    before: before === null ? null : JSON.stringify(before),
    after: after === null ? null : JSON.stringify(after),
    overrides: JSON.stringify(overrides),
    sealed_by: isSealable ? sealed_by : "",
  };
}

/** The entry of a row that is in the log. `isShown`: whether its values may be. Throws an OperationalError when the row was altered by hand. */
export function fromChangeRow(row: ChangeEntryRow, isShown: boolean): ChangeEntry {
  const { org: _org, endpoint: _endpoint, id, seq, place, before, after, overrides, sealed_by: _sealed, ...rest } = row;
  const { result } = rest;
  // Earlier releases kept addresses of buckets and registries as given, with credentials.
  const mask = (values: JsonObject) => (isMaskedKind(rest.kind) ? maskValue(values) : values);
  const read = (text: string | null) =>
    text === null || !isShown ? null : mask(readStoredJson<JsonObject>(text, `change ${id}`));
  if (seq === null || result === null) throw damagedEntryError(`change ${id}`);
  return {
    ...rest,
    seq,
    address: rest.address as Address,
    kind: rest.kind as Kind,
    op: rest.op as Op,
    place: place === "" ? null : place,
    before: read(before),
    after: read(after),
    origin: rest.origin as Origin,
    via: rest.via as ChangeEntry["via"],
    decided_by: rest.decided_by as DecidedBy,
    overrides: readStoredJson(overrides, `change ${id}`),
    result: result as ChangeResult,
    ...(isShown ? {} : { withheld: true }),
  };
}
