import type { listUncovered } from "../../sealing/list-uncovered.ts";
import { isKind, subjectOf } from "../../sealing/own-names.ts";
import { SEALABLE } from "./create-sealings.ts";

/** Of which objects more is sensitive than when something was sealed: `all` that have such values, or subjects. */
export type Uncovered = ReturnType<typeof listUncovered>;

/** Whether an object is one of them. */
export function isUncovered(uncovered: Uncovered, address: string): boolean {
  return uncovered === "all" || uncovered.includes(subjectOf(address));
}

/** Their addresses, for `like`. */
export function matchUncovered(uncovered: Uncovered): readonly string[] {
  if (uncovered === "all") return SEALABLE.map((kind) => `${kind}%`);
  return uncovered.map((subject) => (isKind(subject) ? `${subject}.%` : anyEscape(subject)));
}

/** How they are named in JSON, for `like`. */
export function nameUncovered(uncovered: Uncovered): readonly string[] {
  if (uncovered === "all") return SEALABLE.map((kind) => `%"address":"${kind}%`);
  return uncovered.map((subject) =>
    isKind(subject) ? `%"address":"${subject}.%` : `%"address":${anyEscape(JSON.stringify(subject))}%`,
  );
}

/** In a pattern a backslash is a letter to SQLite and an escape to PostgreSQL; `_` is any letter to both. */
function anyEscape(text: string): string {
  return text.replaceAll("\\", "_");
}
