import { type Draft, draftStep, type StepInput } from "../draft/draft-step.ts";
import { recordChange, type Verdict } from "../draft/record-change.ts";
import { sameJson } from "../fields/compare-fields.ts";
import { leavesNothing, type Placement, type Placements, takesPlace } from "./placement.ts";

/** Plans what stands in places: create, update or delete, one step each. */
export function planPlacements(placements: Placements, draft: Draft): void {
  const { put_back, wanted, removals, forgotten, kept, notices } = placements;
  planPutBacks(put_back, draft);
  for (const placement of wanted) planWanted(placement, draft);
  for (const placement of removals) planRemoval(placement, draft);
  for (const owned of forgotten) draft.releases.push(owned.address);
  draft.kept.push(...kept);
  draft.notices.push(...notices);
}

/** What an interrupted run took away comes back before anything else is done, and is whose it was. */
function planPutBacks(placements: readonly Placement[], draft: Draft): void {
  draft.steps.unshift(...placements.map((placement) => draftStep({ ...stepOf(placement), phase: "put-back" })));
  for (const placement of placements) {
    const { address, name, before, after } = placement;
    addReads(placement, draft);
    draft.changes.push({
      ...{ address, physical_name: name, previous_physical_name: null, before, after, replace_paths: [] },
      ...{ action: "put_back", action_reason: "displaced", origin: "unknown" },
    });
  }
}

function planWanted(placement: Placement, draft: Draft): void {
  const { desired, before, after, address, name, formerly = [], takes = [] } = placement;
  if (desired === null || after === null) throw new Error(`${address} is wanted and has no manifest or no fields`);
  if (!sameJson(before ?? undefined, after)) {
    addReads(placement, draft);
    draft.steps.push(draftStep(stepOf(placement)));
  }
  const [former] = formerly;
  const { applied = after } = placement;
  const verdict: Verdict = {
    ...{ before, after, applied },
    ...judgeWanted(placement),
    ...(former !== undefined && { previousName: former.name }),
  };
  recordChange(draft, { desired, physical: name, predecessors: takes }, verdict);
}

function judgeWanted(placement: Placement): Pick<Verdict, "action" | "reason"> {
  const { before, after } = placement;
  if (before === null) return { action: "create", reason: "absent" };
  return !sameJson(before, after) && (leavesNothing(placement) || takesPlace(placement))
    ? { action: "replace", reason: "cannot_update" }
    : { action: "update", reason: "differs" };
}

function planRemoval(placement: Placement, draft: Draft): void {
  const { address, name, before } = placement;
  addReads(placement, draft);
  draft.steps.push(draftStep(stepOf(placement)));
  draft.changes.push({
    address,
    physical_name: name,
    previous_physical_name: null,
    action: "delete",
    before,
    after: null,
    replace_paths: [],
    action_reason: "no_manifest",
    origin: "unknown",
  });
  draft.releases.push(address);
}

function stepOf({ address, name, write, needs, prefers, gives }: Placement): StepInput {
  return { ...write, address, name, ...(needs && { needs }), ...(prefers && { prefers }), ...(gives && { gives }) };
}

function addReads({ write, name, reads }: Placement, draft: Draft): void {
  draft.reads.add(`${write.kind}.${name}`);
  for (const key of reads ?? []) draft.reads.add(key);
}
