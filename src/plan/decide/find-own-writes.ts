import type { Address } from "../../model/address.ts";
import type { Json, JsonObject } from "../../model/json/json.ts";
import type { OwnedObject, OwnWrite } from "../../model/ledger/ledger.ts";
import { FIRST_STATES } from "../../model/ledger/own-drains.ts";
import { mergeMaps } from "../../model/objects/limit-maps.ts";
import { isAsWritten, sortSelector } from "../../model/objects/selector.ts";
import { normaliseSettingValue, type SettingValues } from "../../model/objects/settings.ts";
import type { Change } from "../../model/plan/plan.ts";
import type { Op } from "../../model/plan/step.ts";
import { isSealed } from "../../model/secrets/sealed.ts";
import { isObject, sameJson } from "../fields/compare-fields.ts";
import { append, isWildcard } from "../input/index-world.ts";
import type { PlanInput } from "../input/plan-input.ts";

/** What rollouts that are not finished have left, as far as they wrote it themselves. */
export interface OwnWrites {
  /** Whether the live value of a field is one that poolkeeper may have left there by its writes, or the object is gone as it deleted it. */
  isOwn(change: Change, path: readonly string[]): boolean;
  /** Whether registrations of an address were made or deleted on the way. */
  hasRegistered(address: Address): boolean;
}

/**
 * Finds what no other writer has changed: fields that are as an unfinished rollout has written them. Another writer after it writes another
 * value, and is distinguished by that. While names are being replaced, what names them is as it was applied last, too.
 */
export function findOwnWrites(input: PlanInput): OwnWrites {
  const { written = [], written_settings = new Map(), owned } = input;
  const registered = new Set(written.filter(({ op }) => REGISTERS.has(op)).map(({ address }) => address));
  const tracks = trackWrites(written, registered.size === 0 ? [] : owned);
  const [deleted, made] = [new Set<string>(), new Set<string>()];
  for (const write of written) {
    const name = nameRegistration(write);
    if (write.op === "create") made.add(name);
    else if (write.op === "delete") made.delete(name);
    if (write.op === "delete") deleted.add(name);
    else if (write.has_arrived) deleted.delete(name);
  }
  const writtenOut = new Set(listStillNarrowed(input));
  const delivered = owned.filter(({ kind }) => kind === "flyte_clusters");
  // A write that was to name other registrations may not have arrived.
  const applied = new Map(registered.size === 0 ? [] : owned.map((record) => [record.address, record.applied]));
  return {
    hasRegistered: (address) => registered.has(address),
    isOwn: ({ address, physical_name, previous_physical_name, before }, path) => {
      const kind = address.slice(0, address.indexOf("."));
      if (kind === "queue" && path[0] === "clusters" && writtenOut.has(physical_name)) return true;
      const isOfQueue = kind === "cluster" && path[0] === "queue";
      const [object, field] = isOfQueue ? ["queue", path.slice(1)] : [kind, path];
      if (before === null && deleted.has(`${kind}.${physical_name}`)) return true;
      const live = readField(before, path);
      if (kind === "settings" && mayHaveSet(written_settings.get(address) ?? [], path, live)) return true;
      if (kind === "settings") return isAsApplied(applied.get(address), path, live);
      if (kind === "flyte_clusters") return isOfAnother(delivered, address, path, live);
      return [physical_name, previous_physical_name].some((name) => {
        const track = tracks.get(`${object}.${name}`);
        // The queue that comes with a cluster gets its limits by a later write: until that has arrived, it lacks them by this rollout alone.
        if (isOfQueue && live === undefined && made.has(`cluster.${name}`) && !hasSet(track, field)) return true;
        const values = listWritten(track, field);
        // An entry that was taken out is null; of one that was left out nothing was written.
        return values.some((value) => sameJson(value, live ?? null));
      });
    },
  };
}

/** Whether a value of a scope of settings may be one that an unfinished write made there: what is gone may have been taken out by any of them, and of one that is sealed it is not known. */
function mayHaveSet(made: readonly SettingValues[], path: readonly string[], live: Json | undefined): boolean {
  const [, key = ""] = path;
  if (live === undefined) return made.length > 0;
  const values = made.flatMap((settings) => {
    const value = Object.hasOwn(settings, key) ? settings[key] : undefined;
    return value === undefined ? [] : [normaliseSettingValue(key, value)];
  });
  return values.some((value) => isSealed(value) || sameJson(readField(value, path.slice(2)) ?? null, live));
}

/** Whether a file is as another object was delivered to its path since: the change that was for may have got no further. */
function isOfAnother(
  delivered: readonly OwnedObject[],
  address: Address,
  path: readonly string[],
  live: Json | undefined,
): boolean {
  const since = delivered.find((record) => record.address === address)?.updated_at ?? "";
  const others = delivered.filter((record) => record.address !== address && record.updated_at >= since);
  return live !== undefined && others.some(({ applied }) => isAsApplied(applied, path, live));
}

/** Whether a value of a scope of settings is the one that was applied last. */
function isAsApplied(applied: object | null | undefined, path: readonly string[], live: Json | undefined): boolean {
  return applied != null && sameJson(readField(applied as JsonObject, path) ?? null, live ?? null);
}

/** What of a live queue says whom it routes to. */
interface QueueSelector {
  readonly name: string;
  readonly spec: { readonly clusters: readonly string[] };
}

/**
 * The queues that are written out still: as poolkeeper has written them at any time in this rollout, as far as that is on record, since its
 * last write may never have arrived, without clusters that are deleted since. What another writer has chosen is theirs, and nothing sets it back.
 */
export function listStillNarrowed({
  narrowed,
  written = [],
  live,
}: Pick<PlanInput, "narrowed" | "written"> & {
  readonly live: { readonly queues: readonly QueueSelector[]; readonly clusters: readonly { readonly name: string }[] };
}): readonly string[] {
  const selectorsOf = new Map<string, (readonly string[])[]>();
  for (const { kind, physical_name, set } of written) {
    if (kind === "queue" && Array.isArray(set.clusters)) append(selectorsOf, physical_name, set.clusters.map(String));
  }
  const selectors = new Map(live.queues.map(({ name, spec }) => [name, spec.clusters]));
  const there = new Set(live.clusters.map(({ name }) => name));
  // One of its name may have been registered again since.
  for (const { kind, op, physical_name } of written) {
    if (kind === "cluster" && op === "delete") there.delete(physical_name);
  }
  return narrowed.filter((name) => {
    const [wrote, found] = [selectorsOf.get(name), selectors.get(name)];
    // How it was written out is forgotten once the change that it was for is at its end.
    if (found === undefined || wrote === undefined || wrote.every(isWildcard)) return true;
    return wrote.some((selector) => isAsWritten(selector, found, (cluster) => !there.has(cluster)));
  });
}

const REGISTERS: ReadonlySet<Op> = new Set(["create", "undelete", "delete"]);

/** What a registration is after one of the writes to it. */
interface Track {
  /** All that has been written to it until then. */
  readonly fields: JsonObject;
  /** What this write has set. */
  readonly set: JsonObject;
  /** Whether there was no such registration before. */
  readonly is_new: boolean;
  readonly has_arrived: boolean;
}

/** For each registration, `KIND.NAME`, what it is after each of the writes to it, oldest first; before them stands what was applied last, of those in `owned`. */
export function trackWrites(
  written: readonly OwnWrite[],
  owned: readonly OwnedObject[] = [],
): ReadonlyMap<string, readonly Track[]> {
  const tracks = new Map(
    owned.map((object) => {
      const fields = (object.applied ?? {}) as JsonObject;
      return [nameRegistration(object), [{ fields, set: fields, is_new: true, has_arrived: true }]] as [
        string,
        Track[],
      ];
    }),
  );
  for (const write of written) {
    const [name, set, is_new] = [nameRegistration(write), readFields(write), write.op === "create"];
    const former = is_new ? undefined : tracks.get(name)?.at(-1)?.fields;
    append(tracks, name, { fields: mergeMaps(former ?? {}, set), set, is_new, has_arrived: write.has_arrived });
  }
  return tracks;
}

/**
 * The values that a field may have by poolkeeper's own writes: that of the last one that is known to have been applied, and those of the
 * ones after it, each of which may never have arrived.
 */
export function listWritten(tracks: readonly Track[] | undefined, path: readonly string[]): readonly Json[] {
  const values: Json[] = [];
  for (const { fields, set, is_new, has_arrived } of (tracks ?? []).toReversed()) {
    const value = readField(fields, path);
    if (value !== undefined) values.push(value);
    if (has_arrived && (is_new || readField(set, path) !== undefined)) break;
  }
  return values;
}

function hasSet(tracks: readonly Track[] = [], path: readonly string[]): boolean {
  return tracks.some(({ set, has_arrived }) => has_arrived && readField(set, path) !== undefined);
}

function nameRegistration({ kind, physical_name }: Pick<OwnedObject, "kind" | "physical_name">): string {
  return `${kind}.${physical_name}`;
}

/** The fields that a write sets, as plans show them. */
export function readFields({ op, set }: OwnWrite): JsonObject {
  const clusters = Array.isArray(set.clusters) ? { clusters: sortSelector(set.clusters as readonly string[]) } : {};
  const state = FIRST_STATES.get(op);
  return { ...(state !== undefined && { state }), ...set, ...clusters };
}

/** A value of fields by its path; undefined where it is not there. */
export function readField(fields: Json | undefined, [key, ...rest]: readonly string[]): Json | undefined {
  if (key === undefined) return fields;
  return isObject(fields) && Object.hasOwn(fields, key) ? readField(fields[key], rest) : undefined;
}
