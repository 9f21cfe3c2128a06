import { type Address, formatAddress, parseAddress } from "../../model/address.ts";
import type { OwnershipClaim } from "../../model/plan/plan.ts";
import type { Step } from "../../model/plan/step.ts";
import type { Decisions } from "../decide/decisions.ts";
import type { Draft } from "../draft/draft-step.ts";
import { sameJson } from "../fields/compare-fields.ts";

/**
 * The claims that would change what is remembered. With a store: those that it does not hold as they are. Without one, only of
 * objects that get a step: an interrupted run has to be found again, and nothing else is remembered. Each says which other address its
 * object is on record under, as far as there is a record. A record that ends with a change of its own (what is left of a former owner's
 * files) ends with no claim: that change may be held, and take more than one plan.
 */
export function findNewClaims(
  drafted: readonly OwnershipClaim[],
  steps: readonly Step[],
  { input: { owned, unrecorded, ownership }, continued }: Pick<Decisions, "input" | "continued">,
  ending: ReadonlySet<Address>,
): readonly OwnershipClaim[] {
  const recordOf = new Map(owned.map(({ address, kind, physical_name: name }) => [formatAddress(kind, name), address]));
  const claims = drafted.map((claim): OwnershipClaim => {
    const { address, previous_names } = claim;
    const renamed_from = ownership === "manifest" ? claim.renamed_from : findFormer(claim, continued);
    const kind = parseAddress(address)?.kind;
    const goes = (name: string) => kind !== undefined && ending.has(recordOf.get(formatAddress(kind, name)) ?? address);
    return {
      ...claim,
      previous_names: previous_names.filter((name) => !goes(name)),
      renamed_from: renamed_from !== null && ending.has(renamed_from) ? null : renamed_from,
    };
  });
  if (ownership === "manifest") {
    const touched = new Set(steps.map((step) => step.address));
    return claims.filter((claim) => touched.has(claim.address));
  }
  const records = new Map(owned.map((object) => [object.address, object]));
  return claims.filter((claim) => {
    const record = records.get(claim.address);
    if (
      record === undefined ||
      unrecorded?.has(claim.address) ||
      record.unconfirmed === true ||
      claim.previous_names.length + record.previous_names.length > 0
    )
      return true;
    const { physical_name, lifecycle, applied, manifest } = claim;
    const known = { applied: record.applied as never, manifest: record.manifest };
    return !sameJson(
      { ...known, physical_name: record.physical_name, ...record.lifecycle },
      { applied, manifest, physical_name, ...lifecycle },
    );
  });
}

/** The other address under which the object is on record: what its manifest was called once may be the name of another one by now. */
function findFormer(
  { address, renamed_from }: OwnershipClaim,
  continued: Decisions["continued"],
): OwnershipClaim["renamed_from"] {
  const [first, ...others] = (continued.get(address) ?? []).map((record) => record.address);
  if (first !== undefined && first !== address) return first;
  return others.find((other) => other === renamed_from) ?? null;
}

/** The addresses on record that end with a change of their own. */
export function listEnding({ changes, releases }: Pick<Draft, "changes" | "releases">): ReadonlySet<Address> {
  const changed = new Set(changes.map(({ address }) => address));
  return new Set(releases.filter((address) => changed.has(address)));
}
