import { isDeepStrictEqual } from "node:util";
import { PLACED_KINDS } from "../../kinds/registry.ts";
import { type Address, parseAddress } from "../../model/address.ts";
import type { Json } from "../../model/json/json.ts";
import { normaliseQuantity } from "../../model/objects/quantity.ts";
import { CLEAR_MARK, type findCounterpart, SEALED_MARK } from "../../model/passes/decision.ts";
import { listWrites } from "../../model/plan/list-writes.ts";
import { nameChanged } from "../../model/plan/name-changed.ts";
import { type Change, nameAction, type Plan } from "../../model/plan/plan.ts";
import { isPutBack } from "../../model/plan/put-back.ts";
import { isSealed, SEALED_BEGIN } from "../../model/secrets/sealed.ts";
import { isObject, sameJson } from "../fields/compare-fields.ts";
import { canonicalJson, hashJson } from "./digest-plan.ts";
import { type compareLines, listLines, type PlacedLine, rememberLines } from "./list-lines.ts";

/** Hex digits of one effect's hash. */
const HASH_LENGTH = 16;

/**
 * What a plan does at the given addresses, one text for each effect: the object and a hash. An update has an effect for each leaf value that
 * it sets or takes out, regardless of what was there before; what creates, replaces or deletes has one for that. So two plans share an effect where
 * both do exactly that, regardless of what else they do and what else is live. Where values may be sealed, a mark says at which place one is
 * set, and whether it is sealed there: see {@link findCounterpart}. What is delivered has its effects without its object, too, by the path of
 * the file, and of the object without the folder: neither another name nor another path makes another change of it. What is put back is no
 * effect: no decision is asked for it. Sorted. No value can be read from it.
 */
export function listEffects(plan: Pick<Plan, "changes">, isAmong: (address: Address) => boolean): readonly string[] {
  return [...locateEffects(plan, isAmong).keys()].sort();
}

/** The same, with the addresses at which the plan has each effect. */
export function locateEffects(
  { changes }: Pick<Plan, "changes">,
  isAmong: (address: Address) => boolean,
): ReadonlyMap<string, readonly Address[]> {
  const found = new Map<string, Address[]>();
  for (const [effect, address] of findEffects(changes, isAmong)) noteEffect(found, effect, address);
  return found;
}

/** Notes that a plan has an effect at an address. */
export function noteEffect(found: Map<string, Address[]>, effect: string, address: Address): void {
  const addresses = found.get(effect);
  if (addresses === undefined) found.set(effect, [address]);
  // Those of an address come one after the other.
  else if (addresses.at(-1) !== address) addresses.push(address);
}

/** The effects one after the other, each with its address: an effect may come again. */
export function* findEffects(
  changes: Plan["changes"],
  isAmong: (address: Address) => boolean,
): Generator<readonly [string, Address]> {
  for (const change of changes) {
    if (!isAmong(change.address) || isPutBack(change)) continue;
    for (const effect of effectsOf(change)) yield [effect, change.address];
  }
}

/** What values may be sealed in. */
const SEALABLE: ReadonlySet<string> = new Set(["settings", "flyte_clusters"]);
const PLACED: ReadonlySet<string> = new Set(PLACED_KINDS);

/** Stands for the object that a file belongs to. */
const DELIVERED = "delivered";

function* effectsOf(change: Change): Generator<string> {
  const { address, before, after } = change;
  const actions = nameAction(change);
  const kind = parseAddress(address)?.kind ?? "";
  if (actions[0] === "no-op") return;
  const isUpdate = actions[0] === "update" && before !== null && after !== null;
  // What holds in a place is keys and values, whether or not there were any before.
  const hasLeaves = (before !== null && after !== null) || PLACED.has(kind);
  const compare = rememberLines();
  const spots = [
    ...(hasLeaves ? listLeaves(change, compare).map((place) => ({ sign: "", place })) : []),
    ...(hasLeaves && SEALABLE.has(kind) ? listMarks(before, after, compare) : []),
  ];
  const whole = [...(isUpdate ? [] : [actions]), ...(isUpdate ? listFormer(change) : [])];
  const names = nameChanged(change);
  const nameAll = (text: string) => names.map((name) => `${name} ${text}`);
  for (const effect of whole) yield* nameAll(hash(effect));
  for (const spot of spots) {
    const text = hashSpot(spot);
    yield* nameAll(text);
    if (kind !== "flyte_clusters" || typeof spot.place[1] !== "string") continue;
    yield* nameAll(hashSpot(leaveOutFolder(spot)));
    yield `${DELIVERED} ${text}`;
  }
}

function hash(effect: unknown): string {
  return hashJson(effect).slice(0, HASH_LENGTH);
}

/** A place at which something is set or taken out, with the value where that counts, and the sign of a mark. */
interface Spot {
  readonly sign: string;
  readonly place: readonly Json[];
}

function hashSpot({ sign, place }: Spot): string {
  return `${sign}${hash(place)}`;
}

/** The same in a file of that name, in any folder. */
function leaveOutFolder({ sign, place: [key = "", path, ...rest] }: Spot): Spot {
  const file = String(path);
  return { sign, place: [key, file.slice(file.lastIndexOf("/") + 1), ...rest] };
}

/** Of each place at which something is set or taken out: whether that is sealed. In a text a key is a place. */
function listMarks(
  before: Json | undefined,
  after: Json | undefined,
  compare: typeof compareLines,
  path: readonly string[] = [],
): readonly Spot[] {
  if (sameJson(before, after)) return [];
  const mark = (isClear: boolean, place: readonly string[]): Spot => ({
    sign: isClear ? CLEAR_MARK : SEALED_MARK,
    place,
  });
  if (holdsSealed(before) || holdsSealed(after)) return [mark(false, path)];
  if (isObject(before) || isObject(after)) {
    const [from, to] = [isObject(before) ? before : {}, isObject(after) ? after : {}];
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return keys.flatMap((key) => listMarks(from[key], to[key], compare, [...path, key]));
  }
  return [
    mark(true, path),
    ...listLineMarks(before, after, compare).map(({ isClear, key }) => mark(isClear, [...path, "line", key])),
  ];
}

/** A key in a text below which something is set or taken out. */
interface KeyMark {
  readonly isClear: boolean;
  readonly key: string;
}

/**
 * Where in a text something is set or taken out. A value of several lines is sealed as a whole, at the key before it: so what changes in
 * one of its lines is a mark of every key that this line stands below, in any spelling of the value.
 */
function listLineMarks(
  before: Json | undefined,
  after: Json | undefined,
  compare: typeof compareLines,
): readonly KeyMark[] {
  const [from, to] = [before, after].map((value) => (typeof value === "string" ? value : "")) as [string, string];
  if (!from.includes("\n") && !to.includes("\n")) return [];
  const { come, go } = compare(from, to);
  const [sealed, clear] = [new Set<string>(), new Set<string>()];
  const climbed = new Set<PlacedLine>();
  for (const line of [...come, ...go]) {
    if (line.text.includes(SEALED_BEGIN)) sealed.add(nearestKey(line));
    else addKeys(line, clear, climbed);
  }
  return [...[...sealed].map((key) => ({ isClear: false, key })), ...[...clear].map((key) => ({ isClear: true, key }))];
}

function nearestKey(line: PlacedLine): string {
  for (let at: PlacedLine | undefined = line; at !== undefined; at = at.outer) if (at.key !== undefined) return at.key;
  return "";
}

/** Adds every key that a line stands below, and none. Lines that were climbed before have added theirs, and those above them. */
function addKeys(line: PlacedLine, keys: Set<string>, climbed: Set<PlacedLine>): void {
  keys.add("");
  for (let at: PlacedLine | undefined = line; at !== undefined && !climbed.has(at); at = at.outer) {
    climbed.add(at);
    if (at.key !== undefined) keys.add(at.key);
  }
}

/** An object is looked at key by key. */
function holdsSealed(value: Json | undefined): boolean {
  return isSealed(value) || (Array.isArray(value) && JSON.stringify(value).includes('"sealed":true'));
}

function listLeaves({ before, after }: Change, compare: typeof compareLines): readonly (readonly Json[])[] {
  return [...listWrites(before ?? {}, after ?? {})].flatMap(([key, value]) => {
    const path = JSON.parse(key) as readonly string[];
    const lines = typeof value === "string" ? listLines(textAt(before, path), value, compare) : [];
    const spelled = [value, sameAmount(path, value), sameText(value)].filter(
      (one, index, all) => index === all.indexOf(one),
    );
    return [...spelled.map((one) => [...path, sortList(one ?? null)]), ...lines.map((line) => [...path, "line", line])];
  });
}

/** A quantity in the one spelling of its amount, as it is the same to the control plane; releases before took it as it was written. */
function sameAmount(path: readonly string[], value: Json | undefined): Json | undefined {
  return typeof value === "string" && path.at(-2) === "max_resources" ? normaliseQuantity(value) : value;
}

/** A text without what only its spelling gives it: how its lines end, and blank ones after the last. */
function sameText(value: Json | undefined): Json | undefined {
  return typeof value === "string" ? value.replaceAll("\r\n", "\n").trimEnd() : value;
}

/** Lists of names are sets: another order is no other value. */
function sortList(value: Json): Json {
  if (!Array.isArray(value)) return value;
  const sorted = value.map((entry: Json) => ({ entry, text: canonicalJson(entry) }));
  return sorted.sort((one, other) => (one.text < other.text ? -1 : 1)).map(({ entry }) => entry);
}

function textAt(fields: Json, path: readonly string[]): string {
  let value: Json | undefined = fields;
  for (const key of path) {
    value = typeof value === "object" && value !== null ? (value as Readonly<Record<string, Json>>)[key] : undefined;
  }
  return typeof value === "string" ? value : "";
}

/** As releases before named what an update sets, by the keys of the object alone: what was rejected then is recognised by it. */
function listFormer({ before, after }: Change): readonly unknown[] {
  const [from, to] = [before ?? {}, after ?? {}];
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key) => (isDeepStrictEqual(from[key], to[key]) ? [] : [[key, to[key] ?? null]]));
}
