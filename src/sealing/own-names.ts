import type { PathNames } from "../model/secrets/match-paths.ts";
import type { OwnNames } from "../model/secrets/sealing.ts";

const FILES = "flyte_clusters";

/**
 * How many names are kept apart for a control plane, over all subjects: the work grows with each of them, and committers choose them. Past
 * that everything is sensitive.
 */
export const MOST_NAMES = 10_000;

/** Where it is the subject, everything is sensitive at every address. */
export const EVERYTHING = "*";

const ALL_NAMES: OwnNames = { [EVERYTHING]: [EVERYTHING] };

/**
 * Whose names of sensitive values count for an object. All of Flyte's files are one subject: they are renamed, moved and taken over by one
 * another, so that a name counts wherever the value has got to. Settings never leave their scope.
 */
export function subjectOf(address: string): string {
  return address.startsWith(`${FILES}.`) ? FILES : address;
}

/** Whether a subject stands for all objects of its kind. */
export function isKind(subject: string): boolean {
  return subject === FILES;
}

/**
 * The names of several lists, sorted; {@link EVERYTHING} alone where one has that, or they are too many together. Releases before named Flyte's
 * files by their objects: these are one subject here.
 */
export function uniteNames(lists: readonly OwnNames[]): OwnNames {
  const entries = lists.flatMap((own) => Object.entries(own)).filter(([, names]) => names.length > 0);
  const bySubject = Map.groupBy(entries, ([key]) => subjectOf(key));
  const united = [...bySubject].map(([subject, some]) => {
    return [subject, new Set(some.flatMap(([, names]) => names))] as const;
  });
  const count = united.reduce((sum, [, names]) => sum + names.size, 0);
  if (bySubject.has(EVERYTHING) || count > MOST_NAMES) return ALL_NAMES;
  const sorted = united.map(([subject, names]) => [subject, [...names].sort()] as const);
  return Object.fromEntries(sorted.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** Patterns and paths apart, as values are matched with them. */
export function readNames(own: OwnNames): ReadonlyMap<string, PathNames> {
  const read = Object.entries(uniteNames([own])).map(([subject, names]) => {
    const paths = names.filter((name) => name.startsWith("=")).map((name) => name.slice(1));
    return [subject, { patterns: names.filter((name) => !name.startsWith("=")), paths }] as const;
  });
  return new Map(read);
}

/** The reverse of {@link readNames}. */
export function listNames(own: ReadonlyMap<string, PathNames>): OwnNames {
  const listed = [...own].map(([subject, { patterns, paths }]) => {
    return [subject, [...patterns, ...paths.map((path) => `=${path}`)]] as const;
  });
  return uniteNames([Object.fromEntries(listed)]);
}
