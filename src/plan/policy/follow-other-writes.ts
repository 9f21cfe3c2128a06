import type { OtherWrite } from "../../model/passes/other-write.ts";
import { countNoun } from "../../model/text/count-noun.ts";

/** Traces count as long as there is one of their group within this time. */
export const OTHER_WRITES_MS = 86_400_000;
/** Traces of one group that are kept, and that are named. */
const MOST_KEPT = 20;
const MOST_NAMED = 3;
/** Objects whose traces are kept at all. */
const MOST_GROUPS = 50;
/** Revisions that were applied by another writer, and how often one field was changed again, before it is reported. */
const MANY_REVISIONS = 2;
const MANY_TIMES = 3;

/** The traces after a pass: those of before that still count, and those that it found. The same commit found once more is no other one. */
export function followOtherWrites(
  before: readonly OtherWrite[],
  found: readonly Omit<OtherWrite, "at">[],
  at: string,
): readonly OtherWrite[] {
  const known = new Set(before.filter(({ kind }) => kind === "forestalled").map(nameCommit));
  const fresh = found.filter((write) => write.kind === "undone" || !known.has(nameCommit(write)));
  const all = [...before, ...fresh.map((write) => ({ ...write, at }))];
  const isRecent = (group: readonly OtherWrite[]) =>
    group.some((write) => Date.parse(at) - Date.parse(write.at) < OTHER_WRITES_MS);
  const groups = [...groupWrites(all).values()].filter(isRecent);
  return groups.slice(-MOST_GROUPS).flatMap((group) => group.slice(-MOST_KEPT));
}

/** What is to be reported: null where it may be chance. */
export interface ReportedWrites {
  readonly since: string;
  readonly writes: readonly OtherWrite[];
  readonly message: string;
}

/** Judges whether traces are enough to say that another writer works on the target as this daemon does. */
export function judgeOtherWrites(writes: readonly OtherWrite[]): ReportedWrites | null {
  const reported = [...groupWrites(writes).values()].filter(isEnough);
  const all = reported.flat();
  const [first] = all.map(({ at }) => at).sort();
  if (first === undefined) return null;
  const message = `Another writer seems to manage this target, perhaps another daemon with its own store: ${reported.map(describeGroup).join("; ")}. Use one store per target: see docs/operate.md.`;
  return { since: first, writes: all, message };
}

function isEnough(group: readonly OtherWrite[]): boolean {
  const [first] = group;
  if (first?.kind === "undone") return group.length >= MANY_TIMES;
  return new Set(group.map(({ revision }) => revision)).size >= MANY_REVISIONS;
}

function groupWrites(writes: readonly OtherWrite[]): ReadonlyMap<string, readonly OtherWrite[]> {
  return Map.groupBy(writes, ({ kind, address, fields }) =>
    kind === "forestalled" ? kind : JSON.stringify([kind, address, fields]),
  );
}

function describeGroup(group: readonly OtherWrite[]): string {
  const [first] = group;
  const named = group.slice(-MOST_NAMED).map(describeWrite);
  const more = group.length > named.length ? `${group.length - named.length} more, ` : "";
  if (first?.kind === "undone") {
    const what = `${first.address} (${first.fields.slice(0, MOST_NAMED).join(", ")})`;
    return `${what} was changed ${countNoun(group.length, "time")} after it matched the manifests (${more}${named.join(", ")})`;
  }
  const revisions = new Set(group.map(({ revision }) => revision)).size;
  return `what ${countNoun(revisions, "revision")} asked for was live already (${more}${named.join(", ")})`;
}

function describeWrite({ kind, address, revision, at, changed_by, changed_at }: OtherWrite): string {
  const what = kind === "undone" ? "" : `${address} of ${revision?.slice(0, 12)} `;
  const who = changed_by === null ? "" : ` by ${changed_by}`;
  return `${what}at ${changed_at ?? at}${who}`;
}

function nameCommit({ address, revision }: Pick<OtherWrite, "address" | "revision">): string {
  return JSON.stringify([address, revision]);
}
