import type { OwnershipClaim, Step } from "../model/plan.ts";
import { sameJson } from "./compare-fields.ts";
import type { Decisions } from "./decisions.ts";

/**
 * The claims that would change what is remembered. With a store: those that it does not hold as they are. Without one, only of
 * objects that get a step: an interrupted run has to be found again, and nothing else is remembered. Each says which other address its
 * object is on record under, as far as there is a record.
 */
export function findNewClaims(
  drafted: readonly OwnershipClaim[],
  steps: readonly Step[],
  { input: { owned, ownership }, continued }: Pick<Decisions, "input" | "continued">,
): readonly OwnershipClaim[] {
  const claims = drafted.map((claim): OwnershipClaim => {
    const known = continued.get(claim.address)?.[0]?.address ?? claim.address;
    return known === claim.address ? claim : { ...claim, renamed_from: known };
  });
  if (ownership === "manifest") {
    const touched = new Set(steps.map((step) => step.address));
    return claims.filter((claim) => touched.has(claim.address));
  }
  const records = new Map(owned.map((object) => [object.address, object]));
  return claims.filter((claim) => {
    const record = records.get(claim.address);
    if (record === undefined || claim.previous_names.length + record.previous_names.length > 0) return true;
    const { physical_name, lifecycle, applied, manifest } = claim;
    const known = { applied: record.applied as never, manifest: record.manifest };
    return !sameJson(
      { ...known, physical_name: record.physical_name, ...record.lifecycle },
      { applied, manifest, physical_name, ...lifecycle },
    );
  });
}
