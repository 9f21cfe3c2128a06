import { sameJson } from "./compare-fields.ts";
import { type Draft, draftStep } from "./draft.ts";
import type { Placement, Placements } from "./placement.ts";
import { recordChange } from "./record-change.ts";

/** Plans what stands in places: create, update or delete, one step each. */
export function planPlacements(placements: Placements, draft: Draft): void {
  const { put_back, wanted, removals, forgotten, notices } = placements;
  planPutBacks(put_back, draft);
  for (const placement of wanted) planWanted(placement, draft);
  for (const placement of removals) planRemoval(placement, draft);
  for (const owned of forgotten) draft.releases.push(owned.address);
  draft.notices.push(...notices);
}

/** What an interrupted run took away comes back before anything else is done, and is whose it was. */
function planPutBacks(placements: readonly Placement[], draft: Draft): void {
  const steps = placements.map((placement) =>
    draftStep({ ...stepOf(placement), op: "create", ...(placement.after && { set: placement.after }) }),
  );
  draft.steps.unshift(...steps);
  for (const placement of placements) {
    const { address, name, before, after } = placement;
    addReads(placement, draft);
    draft.changes.push({
      ...{ address, physical_name: name, previous_physical_name: null, before, after, replace_paths: [] },
      ...{ actions: ["create"], action_reason: "put_back", origin: "unknown" },
    });
  }
}

function planWanted(placement: Placement, draft: Draft): void {
  const { desired, before, after, address, name, formerly = [], takes = [] } = placement;
  if (desired === null || after === null) throw new Error(`${address} is wanted and has no manifest or no fields`);
  const actions = [before === null ? ("create" as const) : ("update" as const)];
  const reason = before === null ? "absent" : "differs";
  if (!sameJson(before ?? undefined, after)) {
    addReads(placement, draft);
    draft.steps.push(draftStep({ ...stepOf(placement), op: actions[0] ?? "update", set: placement.set ?? after }));
  }
  const [former] = formerly;
  const { applied = after } = placement;
  const known = former === undefined ? {} : { previousName: former.name };
  const verdict = { before, after, applied, actions, reason, ...known } as const;
  recordChange(draft, { desired, physical: name, predecessors: takes }, verdict);
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
