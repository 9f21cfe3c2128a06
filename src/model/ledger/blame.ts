import { type Address, formatAddress, parseAddress } from "../address.ts";
import type { Json, JsonObject } from "../json/json.ts";
import { flattenFields } from "../plan/flatten-fields.ts";
import { isCut, sameKept } from "../secrets/keep-values.ts";
import { type ChangeEntry, nameObject } from "./change-log.ts";

/** Where the value of a field comes from. */
export type FieldSource =
  /** It was written so: by the last write that made it another value. */
  | { readonly kind: "written"; readonly entry: BlamedEntry }
  /** It was so before the oldest entry that is kept, or was taken over as it was. */
  | { readonly kind: "before_log" }
  /** The log has another value: it was changed outside, and a commit took that over. `entry`: what was written before. */
  | { readonly kind: "outside"; readonly entry: BlamedEntry }
  /** It was not applied: it is live alone. */
  | { readonly kind: "absent" }
  /** The entries that would show it are hidden until the next pass has sealed what became sensitive, or have too large values. */
  | { readonly kind: "withheld" };

/** What of an entry says where a value comes from. */
export type BlamedEntry = Pick<
  ChangeEntry,
  | "seq"
  | "at"
  | "run_id"
  | "op"
  | "revision"
  | "digest"
  | "target"
  | "via"
  | "decided_by"
  | "by"
  | "approval"
  | "overrides"
  | "result"
>;

/** One field of an object, and where its value comes from. */
export interface BlamedField {
  /** Dotted path under manifest names. */
  readonly path: string;
  /** As it was applied last. */
  readonly value: Json;
  readonly source: FieldSource;
  /** What it was instead when it was read; null: there was none. Left out: the same, or it was not read. */
  readonly live?: Json;
}

/** Where each field of an object comes from. */
export interface Blame {
  readonly address: Address;
  readonly physical_name: string;
  /** Sorted by path. */
  readonly fields: readonly BlamedField[];
  /** The time of the oldest entry that is kept of the control plane; null: there is none. */
  readonly log_began: string | null;
  /** When the live object was last read; null: not since it was written. */
  readonly looked_at: string | null;
  /** Why the live object could not be read, where that was tried; left out: it was read, or that was not tried. */
  readonly unread?: string;
}

/** An object as it was applied last. */
export interface AppliedObject {
  readonly address: Address;
  readonly physical_name: string;
  readonly applied: JsonObject;
}

/** A field as the log leaves it. */
interface Field {
  readonly value: Json;
  /** The write that made it so, or that others changed afterwards; null: none is in the log. */
  readonly entry: BlamedEntry | null;
  readonly isOutside: boolean;
  /**
   * What it was before the run that wrote it last: a run that ends as it began, as with a selector that is written out, has changed nothing.
   * Without what it was before that one: a log may be long.
   */
  readonly former: { readonly run_id: string; readonly field: Field } | null;
}

/** A registration as the log leaves it. */
interface Registration {
  readonly address: Address;
  /** Null: it was there before the log began. */
  readonly born: BlamedEntry | null;
  readonly fields: ReadonlyMap<string, Field>;
  readonly withheld: boolean;
}

/** What was seen of a live object. */
export interface Look {
  readonly at: string;
  /** The run that looked, which may have written afterwards. */
  readonly run_id: string;
  /** Its managed fields; null: it was not there. Left out: it was as it had been applied. */
  readonly live?: JsonObject | null;
}

/** What the entries of an object leave, without their values but for the newest of each field. */
export interface FoldedLog {
  /** By their names in the control plane, the newest last. */
  readonly registrations: ReadonlyMap<Address, Registration>;
  /** The last write to each, by the same names. */
  readonly last: ReadonlyMap<Address, Pick<ChangeEntry, "run_id" | "at">>;
}

/** That of no entry. */
export const EMPTY_LOG: FoldedLog = { registrations: new Map(), last: new Map() };

/** What a blame is made from. */
export interface BlameInput {
  /** All entries of the object, oldest first, as {@link foldEntries} leaves them. */
  readonly log: FoldedLog;
  /** What is recorded as applied; null: nothing is, and the state follows from the log. */
  readonly object: AppliedObject | null;
  /** Null: not read. */
  readonly look: Look | null;
  readonly log_began: string | null;
}

/**
 * Where each field of an object comes from: the entries of its change log were folded into its registration as it is now. Null: nothing is
 * known of it, or it is gone. A look that is older than the last write says nothing any more.
 */
export function foldBlame(address: Address, { log, object, look, log_began }: BlameInput): Blame | null {
  const { registrations } = log;
  const name = object === null ? findRegistration(address, registrations) : formatName(object);
  if (name === undefined) return null;
  const registration = registrations.get(name);
  const known = [...(registration?.fields ?? [])].map(([path, { value }]) => [path, value] as const);
  const fields = [...(object === null ? known : flattenFields(object.applied))].map(([path, value]) => ({
    ...{ path, value, source: findSource(registration, path, value) },
  }));
  const last = log.last.get(name);
  const isSeen = look !== null && (last === undefined || (last.run_id !== look.run_id && last.at <= look.at));
  const compared = isSeen && look.live !== undefined ? compareLive(fields, look.live) : fields;
  return {
    address: object?.address ?? registration?.address ?? address,
    physical_name: name.slice(name.indexOf(".") + 1),
    fields: compared.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    ...{ log_began, looked_at: isSeen ? look.at : null },
  };
}

function formatName({ address, physical_name }: AppliedObject): Address | undefined {
  const kind = parseAddress(address)?.kind;
  return kind === undefined ? undefined : formatAddress(kind, physical_name);
}

function findRegistration(address: Address, registrations: ReadonlyMap<Address, Registration>): Address | undefined {
  return [...registrations].findLast(([name, one]) => name === address || one.address === address)?.[0];
}

function findSource(registration: Registration | undefined, path: string, value: Json): FieldSource {
  if (registration === undefined) return { kind: "before_log" };
  const { fields, born, withheld } = registration;
  const field = fields.get(path);
  if (field !== undefined && field.entry !== null && (field.isOutside || !same(field.value, value))) {
    return { kind: "outside", entry: field.entry };
  }
  if (withheld && (field === undefined || field.entry === null)) return { kind: "withheld" };
  // What no write has set since it was made, it was made with.
  const entry = field === undefined ? born : field.entry;
  return entry === null ? { kind: "before_log" } : { kind: "written", entry };
}

/** Folds the next entries of an object, oldest first, into what those before them left. */
export function foldEntries(folded: FoldedLog, entries: readonly ChangeEntry[]): FoldedLog {
  const registrations = new Map(folded.registrations);
  const last = new Map(folded.last);
  for (const entry of entries) {
    const name = nameObject(entry);
    const { op, address, kind, result, run_id, at } = entry;
    last.set(name, { run_id, at });
    // A later try has its values.
    if (entry.left_out === true) continue;
    const known = registrations.get(name);
    if (op === "delete") {
      // Where that is not known, it may be there still.
      if (result !== "unanswered") registrations.delete(name);
      continue;
    }
    const isOwn = parseAddress(address)?.kind === kind;
    const isNew = op === "create" || op === "undelete";
    const predecessor = isNew ? findPredecessor(entry, registrations) : known;
    // The newest one is the last.
    registrations.delete(name);
    const born = isNew ? choose(entry) : (known?.born ?? null);
    registrations.set(name, {
      address: isOwn || known === undefined ? address : known.address,
      born,
      withheld: isUnknown(entry) || (!isNew && known?.withheld === true),
      fields: foldFields(predecessor?.fields ?? new Map(), entry, { isNew, born }),
    });
  }
  return { registrations, last };
}

/** Whether its values are not there to be looked at. */
function isUnknown({ withheld, too_large }: ChangeEntry): boolean {
  return withheld === true || too_large !== undefined;
}

/** The registration that a new one takes the place of: what is the same in both does not come from the replacement. */
function findPredecessor({ address, kind }: ChangeEntry, registrations: ReadonlyMap<Address, Registration>) {
  return [...registrations]
    .filter(([name]) => parseAddress(name)?.kind === kind)
    .map(([, one]) => one)
    .findLast((one) => one.address === address);
}

function foldFields(
  known: ReadonlyMap<string, Field>,
  entry: ChangeEntry,
  { isNew, born }: Pick<Registration, "born"> & { readonly isNew: boolean },
): ReadonlyMap<string, Field> {
  // Which fields it wrote is unknown.
  if (isUnknown(entry)) return new Map();
  const fields = new Map(isNew ? [] : known);
  const before = entry.before === null ? null : flattenFields(entry.before);
  const after = flattenFields(entry.after ?? {});
  // Of what was too long, it is not known whether a field was there.
  const isWhole = ![...(before?.values() ?? [])].some(isCut);
  for (const path of before?.keys() ?? []) if (!after.has(path)) fields.delete(path);
  for (const [path, value] of after) {
    const found = known.get(path);
    const isUnseen = isNew || before === null || (!isWhole && !before.has(path));
    const former = isUnseen ? found : readFormer(found, before.get(path), born);
    fields.set(path, writeField(former, entry, value));
  }
  return fields;
}

/**
 * A field right before a write that found `before` there: as the log has it, unless that is another value; undefined: it was not there. What
 * no write has set since the object was made, it was made with.
 */
function readFormer(found: Field | undefined, before: Json | undefined, born: Registration["born"]): Field | undefined {
  if (before === undefined) return undefined;
  if (found !== undefined && same(found.value, before)) return found;
  const entry = found === undefined ? born : found.entry;
  return { value: before, entry, isOutside: found !== undefined, former: null };
}

function writeField(former: Field | undefined, entry: ChangeEntry, value: Json): Field {
  const written = { value, entry: choose(entry), isOutside: false };
  if (former === undefined) return { ...written, former: null };
  if (same(former.value, value)) return former;
  const { run_id } = entry;
  const origin = former.former?.run_id === run_id ? former.former.field : former;
  if (same(origin.value, value)) return origin;
  return { ...written, former: { run_id, field: { ...origin, former: null } } };
}

function choose(entry: ChangeEntry): BlamedEntry {
  const { seq, at, run_id, op, revision, digest, target, via, decided_by, by, approval, overrides, result } = entry;
  return { seq, at, run_id, op, revision, digest, target, via, decided_by, by, approval, overrides, result };
}

function same(one: Json, other: Json): boolean {
  return sameKept(one, other) || sort(one) === sort(other);
}

/** As JSON, with sorted keys. */
function sort(value: Json): string {
  return JSON.stringify(value, (_key, inner: Json) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  );
}

/** Compared with what was seen of the live object; a field that only is there has a line of its own. */
function compareLive(fields: readonly BlamedField[], live: JsonObject | null): readonly BlamedField[] {
  const seen = flattenFields(live ?? {});
  const compared = fields.map((field) => {
    const found = seen.get(field.path);
    seen.delete(field.path);
    // The fields below an empty value stand for it, if there are any.
    if (found === undefined ? isEmpty(field.value) : same(found, field.value)) return field;
    return { ...field, live: found ?? null };
  });
  const others = [...seen].filter(([, value]) => !isEmpty(value));
  return [...compared, ...others.map(([path, found]) => ({ path, value: null, source: ABSENT, live: found }))];
}

const ABSENT: FieldSource = { kind: "absent" };

function isEmpty(value: Json): boolean {
  return value === null || (typeof value === "object" && Object.keys(value).length === 0);
}
