import { formatAddress } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import type { DesiredSettings } from "../../model/objects/desired.ts";
import type { LiveState, ScopedSettings } from "../../model/objects/live.ts";
import {
  DEFAULT_QUEUE_KEY,
  listScopesAbove,
  nameSettings,
  normaliseSettingValue,
  parseSettingsName,
  type SettingValues,
  UNSET,
} from "../../model/objects/settings.ts";
import { patchSettings } from "../../model/objects/settings-patch.ts";
import { leaveAt } from "../../model/plan/field-origins.ts";
import { type Fact, fact } from "../draft/draft-step.ts";
import { isObject } from "../fields/compare-fields.ts";
import { append } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { joinPlacements, NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";

/** Physical name of a queue by its logical one. */
export type QueueNames = (logical: string) => string;

/**
 * Compares the settings of every declared scope with what is there. A manifest manages the keys that it names, and those that
 * it named when it was applied last; with `authoritative` all of them. What is owned and has no manifest any more loses the keys that
 * were applied.
 */
export function compareSettings(input: PlanInput, queueOf: QueueNames): Placements {
  const { desired, live, owned } = input;
  if (live.systems.settings !== "read") return NO_PLACEMENTS;
  const scopes = new Map(live.settings.map((record) => [nameSettings(live.org, record.scope), record]));
  const records = new Map(owned.map((object) => [object.address, object]));
  // What is there is not known: the check capability says so.
  const hidden = new Set(live.unreadable_scopes.map((scope) => nameSettings(live.org, scope)));
  const wanted = desired.settings
    .filter(({ name }) => !hidden.has(name))
    .map((settings) => placeScope(settings, scopes.get(settings.name), records.get(settings.address) ?? null, queueOf));
  // What was applied to a scope that can't be read now is still ours.
  const declared = new Set([...desired.settings.map(({ name }) => name), ...hidden]);
  const places = [...scopes].flatMap(([name, { values }]) => {
    const record = records.get(formatAddress("settings", name));
    // A scope is never cleared for want of a manifest: what was not applied is left alone.
    const keys = record === undefined ? Object.keys(values) : appliedKeys(record);
    const settings: JsonObject = pick(normalise(values), keys);
    return Object.keys(settings).length === 0 ? [] : [{ name, fields: { settings }, deletable: record !== undefined }];
  });
  const leftovers = sortLeftovers("settings", input, places, declared, ({ name, fields }) =>
    placeRemoval(name, fields),
  );
  const all = joinPlacements([{ ...NO_PLACEMENTS, wanted }, leftovers]);
  const follow = followAbove([...all.wanted, ...all.removals], live);
  return { ...all, wanted: all.wanted.map(follow), removals: all.removals.map(follow) };
}

/**
 * Settings that come to name no queue of their own: from then on runs go by those above. So these name by then what they are to name, and their queue
 * takes work and is served. And settings that followed those above and come to name a queue of their own do so before these turn to another one, as
 * their runs would go there until then; where none of these do, it is they who leave the queue that they followed.
 */
function followAbove(placements: readonly Placement[], live: LiveState): (one: Placement) => Placement {
  const { org } = live;
  const turning = placements.filter(turns);
  const [now, next] = [listNamed(live, []), listNamed(live, turning)];
  const isTurning = new Set(turning.map(({ name }) => name));
  const followers = indexFollowers(turning, org, now);
  const isTurned = (name: string) => isTurning.has(name) && findQueue(name, org, now) !== findQueue(name, org, next);
  return (one) => {
    if (!isTurning.has(one.name)) return one;
    const [former, queue] = [findQueue(one.name, org, now), findQueue(one.name, org, next)];
    const prefers = queue === former ? [] : (followers.get(one.name) ?? []);
    const [before, own = UNSET] = [readQueue(one.before), readQueue(one.after)];
    const isLed = before === undefined && listFollowed(one.name, org, now).some(isTurned);
    const left = new Set([...(one.gives ?? []), ...(isLed ? [] : unreferred(former, queue))]);
    const turned = { ...one, prefers, gives: [...left, fact.named(one.name)] };
    if (before === undefined || own !== UNSET) return turned;
    const above = readQueue(one.after) === undefined ? listFollowed(one.name, org, next) : [];
    const named = above.map((name) => fact.named(name));
    return { ...turned, needs: [...(one.needs ?? []), fact.queue(queue), fact.served(queue), ...named] };
  };
}

/** A queue that no manifest manages, now or before, stays. */
function turns({ before, after }: Placement): boolean {
  return readQueue(before) !== readQueue(after);
}

/** The queues that settings name, by the name of their scope. */
type Named = ReadonlyMap<string, string | undefined>;

/** Those of live settings, once those of `turning` are written. */
function listNamed({ org, settings }: LiveScopes, turning: readonly Placement[]): Named {
  return new Map([
    ...settings.map(({ scope, values }) => [nameSettings(org, scope), readQueue({ settings: values })] as const),
    ...turning.map(({ name, after }) => [name, readQueue(after)] as const),
  ]);
}

type LiveScopes = Pick<LiveState, "org" | "settings">;

/** For scopes by name, that those below which follow them, and come to name a queue of their own, do so. */
function indexFollowers(turning: readonly Placement[], org: string, now: Named): ReadonlyMap<string, readonly Fact[]> {
  const followers = new Map<string, Fact[]>();
  for (const { name, before } of turning) {
    if (readQueue(before) !== undefined) continue;
    for (const above of listFollowed(name, org, now)) append(followers, above, fact.named(name));
  }
  return followers;
}

/** The scopes above one that names no queue, up to the first that does. */
function listFollowed(name: string, org: string, queues: Named): readonly string[] {
  const above = listScopesAbove(parseSettingsName(name)).slice(0, -1).toReversed();
  const names = above.map((scope) => nameSettings(org, scope));
  const first = names.findIndex((scope) => queues.get(scope) !== undefined);
  return first < 0 ? names : names.slice(0, first + 1);
}

/** The queue that runs of a scope go to where they name none. */
function findQueue(name: string, org: string, queues: Named): string {
  const scopes = listScopesAbove(parseSettingsName(name)).map((scope) => nameSettings(org, scope));
  const queue = queues.get(scopes.findLast((scope) => queues.get(scope) !== undefined) ?? "") ?? UNSET;
  return queue === UNSET ? LAST_QUEUE : queue;
}

/** The queue that runs of a scope, by its name, go to where they name none: by live settings, or once those of some placements are written. */
export function openQueues(live: LiveScopes, placements: readonly Placement[] = []): (scope: string) => string {
  const queues = listNamed(live, placements.filter(turns));
  return (scope) => findQueue(scope, live.org, queues);
}

/** The queue that the live settings of a scope, by its name, name themselves. */
export function openNamed(live: LiveScopes): (scope: string) => string | undefined {
  const queues = listNamed(live, []);
  return (scope) => queues.get(scope);
}

/** Where runs go that no settings name a queue for. */
const LAST_QUEUE = "default";

function readQueue(fields: JsonObject | null): string | undefined {
  const queue = isObject(fields?.settings) ? fields.settings[DEFAULT_QUEUE_KEY] : undefined;
  return typeof queue === "string" ? queue : undefined;
}

function placeScope(
  desired: DesiredSettings,
  live: ScopedSettings | undefined,
  owned: OwnedObject | null,
  queueOf: QueueNames,
): Placement {
  const there = normalise(live?.values ?? {});
  const asked = normalise(withPhysicalQueue(desired.values, queueOf));
  const { settings: values } = leaveAt({ settings: asked }, { settings: there }, desired.lifecycle.left);
  const managed = new Set([
    ...Object.keys(asked),
    ...Object.keys(values),
    ...(desired.authoritative ? Object.keys(there) : owned === null ? [] : appliedKeys(owned)),
  ]);
  const before = pick(there, [...managed]);
  const isNew = isEmpty(there) && !isEmpty(values);
  const [queue, former] = [values[DEFAULT_QUEUE_KEY], before[DEFAULT_QUEUE_KEY]];
  return {
    address: desired.address,
    name: desired.name,
    desired,
    before: isNew ? null : { settings: before },
    after: { settings: values },
    write: { kind: "settings", op: isNew ? "create" : "update", set: patchSettings(values, before) },
    needs: isName(queue) ? [fact.queue(queue), ...(queue === former ? [] : [fact.served(queue)])] : [],
    gives: unreferred(former, queue),
  };
}

function isName(queue: unknown): queue is string {
  return typeof queue === "string" && queue !== UNSET;
}

function placeRemoval(name: string, before: JsonObject): Placement {
  const settings = isObject(before.settings) ? before.settings : {};
  return {
    address: formatAddress("settings", name),
    name,
    desired: null,
    before,
    after: null,
    write: { kind: "settings", op: "delete", set: patchSettings({}, settings as unknown as SettingValues) },
    gives: unreferred(settings[DEFAULT_QUEUE_KEY], undefined),
  };
}

function isEmpty(values: JsonObject): boolean {
  return Object.keys(values).length === 0;
}

function unreferred(before: unknown, after: unknown): readonly Fact[] {
  return typeof before === "string" && before !== after ? [fact.unreferred(before)] : [];
}

function withPhysicalQueue(values: SettingValues, queueOf: QueueNames): SettingValues {
  const queue = values[DEFAULT_QUEUE_KEY];
  if (typeof queue !== "string" || queue.startsWith("~")) return values;
  return { ...values, [DEFAULT_QUEUE_KEY]: queueOf(queue) };
}

function normalise(values: SettingValues): SettingValues {
  const entries = Object.entries(values).map(([key, value]) => [key, normaliseSettingValue(key, value)] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function pick<Value>(
  values: Readonly<Record<string, Value>>,
  keys: readonly string[],
): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (keys.includes(key) ? [[key, value]] : [])),
  );
}

function appliedKeys({ applied }: OwnedObject): readonly string[] {
  const settings = (applied as JsonObject | null)?.settings;
  return isObject(settings) ? Object.keys(settings) : [];
}
