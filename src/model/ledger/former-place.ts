import { quoteWord } from "../text/quote-word.ts";
import type { ObjectElsewhere } from "./ledger.ts";

/** A place that targets had: a flyteadmin or a place of delivery; or a control plane, with the organization there where it is known. */
export type FormerPlace = Pick<ObjectElsewhere, "place" | "org">;

const ORGANIZATION = " (organization ";

/** Names a former place as people see it, and as `poolkeeper forget` takes it. Pure. */
export function nameFormerPlace({ place, org }: FormerPlace): string {
  return org === undefined ? place : `${place}${ORGANIZATION}${org})`;
}

/** The places that a name may stand for, the one that it is as it stands first. Pure. */
export function readFormerPlace(name: string): readonly FormerPlace[] {
  const as = { place: name };
  // No endpoint has a space.
  const end = name.indexOf(ORGANIZATION);
  if (end < 0 || !name.endsWith(")")) return [as];
  return [as, { place: name.slice(0, end), org: name.slice(end + ORGANIZATION.length, -1) }];
}

/** The command that gives up a place, by its name. It is complete for a shell but for the store, which only its user may know. Pure. */
export function formatForget(name: string): string {
  return `poolkeeper forget ${quoteWord(name)} --store STORE`;
}
