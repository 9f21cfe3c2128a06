import pLimit from "p-limit";
import type { AttributesKind, NamedKind } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";

/** An object that lists have to hold, or else a read by its name has to confirm that it is gone. */
export interface KnownObject {
  readonly kind: NamedKind | AttributesKind;
  readonly name: string;
}

/** Objects that are asked for at the same time. */
const ASKED_AT_ONCE = 16;

/**
 * Asks by name for each object on record that a list lacks. Throws an OperationalError `list_incomplete` where one is there all the same: a
 * plan of such a list would release what is owned, or make it again. Nothing is asked where no object is missing.
 */
export async function requireGone(
  missing: readonly KnownObject[],
  isThere: (object: KnownObject) => Promise<boolean>,
): Promise<void> {
  const limit = pLimit(ASKED_AT_ONCE);
  const found = await Promise.all(missing.map((object) => limit(() => isThere(object))));
  const [first, ...others] = missing.filter((_, index) => found[index]);
  if (first === undefined) return;
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  throw new OperationalError(
    "list_incomplete",
    `A list omits ${formatAddress(first.kind, first.name)}${more}, which is recorded as owned and was found by its name. No plan is made from an incomplete list. Try again; if it persists, ask the administrator of the server.`,
    { next: "retry" },
  );
}
