import { KINDS } from "../../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../../../model/address.ts";
import { WebError } from "../answers/web-error.ts";

/** The address that was asked for, or null for all of the target. Throws `invalid` for a text that is none. */
export function readAddress(text: string | null | undefined): Address | null {
  if (text === null || text === undefined || text === "") return null;
  const parsed = parseAddress(text);
  if (parsed !== undefined) return formatAddress(parsed.kind, parsed.name);
  throw new WebError("invalid", `An address is \`kind.name\`, the kind one of ${KINDS.join(", ")}.`);
}

/** A moment to come, as ISO 8601 in UTC, or null. Throws `invalid` where it is none or is past. */
export function readMoment(text: string | null | undefined, now: Date): string | null {
  if (text === null || text === undefined || text === "") return null;
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new WebError("invalid", "`until` is not a valid date.");
  if (moment <= now) throw new WebError("invalid", "`until` is in the past.");
  return moment.toISOString();
}
