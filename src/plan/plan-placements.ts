import { sameJson } from "./compare-fields.ts";
import { type Draft, draftStep } from "./draft.ts";
import type { Placement, Placements } from "./placement.ts";
import { recordChange } from "./record-change.ts";

/** Plans what stands in places: create, update or delete, one step each. */
export function planPlacements({ wanted, removals, forgotten, notices }: Placements, draft: Draft): void {
  for (const placement of wanted) planWanted(placement, draft);
  // What an interrupted run took away comes back before anything else is done.
  const isPutBack = new Set(wanted.filter(({ reason }) => reason === "put_back").map(({ address }) => address));
  draft.steps.sort((left, right) => Number(isPutBack.has(right.address)) - Number(isPutBack.has(left.address)));
  for (const placement of removals) planRemoval(placement, draft);
  for (const owned of forgotten) draft.releases.push(owned.address);
  draft.notices.push(...notices);
}

function planWanted(placement: Placement, draft: Draft): void {
  const { desired, before, after, address, kind, name, formerly = [], takes = [] } = placement;
  if (after === null) throw new Error(`${address} is wanted and has no fields`);
  const actions = [before === null ? ("create" as const) : ("update" as const)];
  const reason = placement.reason ?? (before === null ? "absent" : "differs");
  if (!sameJson(before ?? undefined, after)) {
    addReads(placement, draft);
    draft.steps.push(draftStep({ ...stepOf(placement), op: actions[0] ?? "update", set: placement.set ?? after }));
  }
  if (desired !== null) {
    const [former] = formerly;
    const { applied = after } = placement;
    const verdict = {
      before,
      after,
      applied,
      actions,
      reason,
      ...(former !== undefined && { previousName: former.name }),
    };
    recordChange(draft, { desired, physical: name, predecessors: takes }, verdict);
    return;
  }
  // Put back, and still nobody's.
  const change = { address, physical_name: name, previous_physical_name: null, before, after, replace_paths: [] };
  draft.changes.push({ ...change, actions, action_reason: reason, origin: "unknown" });
  if (before !== null) throw new Error(`${kind} ${name} is there and nobody's`);
}

function planRemoval(placement: Placement, draft: Draft): void {
  const { address, name, before } = placement;
  addReads(placement, draft);
  draft.steps.push(draftStep({ ...stepOf(placement), op: "delete", ...(placement.set && { set: placement.set }) }));
  draft.changes.push({
    address,
    physical_name: name,
    previous_physical_name: null,
    actions: ["delete"],
    before,
    after: null,
    replace_paths: [],
    action_reason: "delete_because_no_manifest",
    origin: "unknown",
  });
  draft.releases.push(address);
}

function stepOf({ address, kind, name, needs, gives }: Placement) {
  return { address, kind, name, ...(needs && { needs }), ...(gives && { gives }) };
}

function addReads({ kind, name, reads }: Placement, draft: Draft): void {
  draft.reads.add(`${kind}.${name}`);
  for (const key of reads ?? []) draft.reads.add(key);
}
