import type { Address } from "../../model/address.ts";
import type { JsonObject } from "../../model/json/json.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { listWrites } from "../../model/plan/list-writes.ts";
import { type Change, isNoOp, type Plan } from "../../model/plan/plan.ts";
import { isPutBack } from "../../model/plan/put-back.ts";
import { readField } from "../decide/find-own-writes.ts";
import { sameJson } from "../fields/compare-fields.ts";
import { recallManifest } from "../fields/recorded-manifest.ts";

/**
 * The addresses at which neither the plan nor the values that were applied last show who caused a change: the manifest is not known as it was
 * applied, and a field is to be set to the value that it had then, or to one where none is known. Another writer may have changed it, or a
 * commit may manage it from now on. So is the delete of what counts as owned without being on record. Where every field is set to another value than was applied, a commit asks for that.
 */
export function listUnclear(
  { changes, ownership, options }: Pick<Plan, "changes" | "ownership" | "options">,
  owned: readonly OwnedObject[],
): ReadonlySet<Address> {
  const records = new Map(owned.map((object) => [object.address, object]));
  const formerly = new Map(ownership.claim.map(({ address, renamed_from }) => [address, renamed_from]));
  const unclear = changes.filter((change) => {
    if (isNoOp(change) || isPutBack(change)) return false;
    const known = [change.address, formerly.get(change.address) ?? change.address].flatMap(
      (address) => records.get(address) ?? [],
    );
    // What a killed run registered is known by its name and place, and by no record.
    if (known.length === 0) return options.prune === "owned" && change.action === "delete";
    if (change.origin !== "unknown") return false;
    return known.some((record) => recallManifest(record) === null && !isAskedAnew(change, record));
  });
  return new Set(unclear.map(({ address }) => address));
}

function isAskedAnew({ before, after }: Change, { applied }: OwnedObject): boolean {
  const writes = listWrites(before ?? {}, after ?? {});
  const differs = ([key, value]: readonly [string, unknown]) => {
    const former = readField((applied ?? {}) as JsonObject, JSON.parse(key) as readonly string[]);
    return former !== undefined && !sameJson(former, value as never);
  };
  return writes.size > 0 && [...writes].every(differs);
}
