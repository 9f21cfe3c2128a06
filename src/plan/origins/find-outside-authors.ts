import { parseAddress } from "../../model/address.ts";
import type { LastChange, LiveState } from "../../model/objects/live.ts";
import type { Change, Notice } from "../../model/plan/plan.ts";
import { sameJson } from "../fields/compare-fields.ts";
import { indexWorld, type World } from "../input/index-world.ts";

/** Objects of which a notice of their own says who changed them; of more it is said together. */
const MOST_NAMED = 20;

/** Adds to changes that were caused outside who made them and when, as far as the live records show. */
export function findAuthors(changes: readonly Change[], live: LiveState): readonly Change[] {
  if (!changes.some(isOutside)) return changes;
  const world = indexWorld(live);
  return changes.map((change) => (isOutside(change) ? { ...change, ...findLastChange(change, world) } : change));
}

/** Says of each object that was changed outside who did it and when; nothing of those without a record of that. */
export function noteAuthors(changes: readonly Change[]): readonly Notice[] {
  const known = changes.filter(({ changed_by, changed_at }) => (changed_by ?? changed_at) !== undefined);
  const rest = known.slice(MOST_NAMED);
  const notices = known.slice(0, MOST_NAMED).map((change) => note(describeAuthor(change), [change]));
  return rest.length === 0 ? notices : [...notices, note(describeRest(rest), rest)];
}

function isOutside({ origin }: Change): boolean {
  return origin === "drift" || origin === "both";
}

/** Where the records concerned do not agree, no author is named: it may have been either. */
function findLastChange(change: Change, world: World): Pick<Change, "changed_by" | "changed_at"> {
  const records = findRecords(change, world);
  const by = agreeOn(records.map(({ changed_by }) => changed_by));
  const at = agreeOn(records.map(({ changed_at }) => changed_at));
  return { ...(by !== null && { changed_by: by }), ...(at !== null && { changed_at: at }) };
}

/** The live records that differ from what is wanted: a cluster's change may be about its queue, alone or too. */
function findRecords(change: Change, world: World): readonly LastChange[] {
  const name = change.previous_physical_name ?? change.physical_name;
  const found = (record: LastChange | undefined) => (record === undefined ? [] : [record]);
  switch (parseAddress(change.address)?.kind) {
    case "cluster_pool":
      return found(world.pools.get(name));
    case "queue":
      return found(world.queues.get(name));
    case "cluster": {
      const { ofCluster, ofQueue } = splitFields(change);
      return [...(ofCluster ? found(world.clusters.get(name)) : []), ...(ofQueue ? found(world.queues.get(name)) : [])];
    }
    default:
      return [];
  }
}

function splitFields({ before, after }: Change): { readonly ofCluster: boolean; readonly ofQueue: boolean } {
  if (before === null || after === null) return { ofCluster: true, ofQueue: false };
  const differing = Object.keys(after).filter((key) => !sameJson(before[key], after[key]));
  return { ofCluster: differing.some((key) => key !== "queue"), ofQueue: differing.includes("queue") };
}

function agreeOn(values: readonly (string | null)[]): string | null {
  const [first = null] = values;
  return values.every((value) => value === first) ? first : null;
}

function describeAuthor({ address, before, changed_by, changed_at }: Change): string {
  const by = changed_by === undefined ? "" : ` by ${changed_by}`;
  const at = changed_at === undefined ? "" : ` at ${changed_at.slice(0, 19)}Z`;
  return `${address} was ${before === null ? "removed" : "changed"} outside, last${by}${at}.`;
}

function describeRest(rest: readonly Change[]): string {
  const names = new Set(rest.flatMap(({ changed_by }) => changed_by ?? []));
  const by = names.size === 1 ? ` by ${[...names].join()}` : "";
  return `${rest.length} more objects were changed outside${by}; the JSON output has the last author and time of each change.`;
}

function note(message: string, changes: readonly Change[]): Notice {
  return { code: "changed-outside", message, addresses: changes.map(({ address }) => address) };
}
