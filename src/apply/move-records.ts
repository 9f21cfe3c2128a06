import { NAMED_KINDS } from "../kinds/registry.ts";
import { type Address, parseAddress } from "../model/address.ts";
import type { OwnedObject, OwnershipMove } from "../model/ledger/ledger.ts";
import type { OwnershipClaim, Plan } from "../model/plan/plan.ts";
import type { ApplyContext } from "./apply-context.ts";

/**
 * Lets records follow the renames of a plan, in one write and before the first step: from then on an address stands for one object, wherever
 * the run is killed. Gives the plan as it continues from there.
 */
export async function moveRecords({
  plan,
  ledger,
  clock,
  beforeNamesEnd,
}: Pick<ApplyContext, "plan" | "ledger" | "clock" | "beforeNamesEnd">): Promise<Plan> {
  if (!plan.ownership.claim.some(({ renamed_from }) => renamed_from !== null)) return plan;
  const records = new Map((await ledger.readOwned()).map((object) => [object.address, object]));
  const moves = listMoves(plan.ownership.claim, records, new Date(clock.now()).toISOString());
  if (moves.length === 0) return plan;
  await beforeNamesEnd?.();
  await ledger.moveOwned(moves);
  return renameIn(plan, moves);
}

/** The records that go to an address which no other object keeps. Pure. */
export function listMoves(
  claims: readonly OwnershipClaim[],
  records: ReadonlyMap<Address, OwnedObject>,
  updated_at: string,
): readonly OwnershipMove[] {
  let moves = claims.flatMap((claim) => draftMove(claim, records, updated_at) ?? []);
  for (;;) {
    const left = new Set(moves.map(({ from }) => from));
    const isFree = ({ object: { address } }: OwnershipMove) => !records.has(address) || left.has(address);
    const free = moves.filter(isFree);
    if (free.length === moves.length) return moves;
    // What keeps its address keeps others from coming there.
    moves = free;
  }
}

function draftMove(
  { address, renamed_from }: OwnershipClaim,
  records: ReadonlyMap<Address, OwnedObject>,
  updated_at: string,
): OwnershipMove | null {
  const record = renamed_from === null ? undefined : records.get(renamed_from);
  const parsed = parseAddress(address);
  if (record === undefined || parsed === undefined || !NAMED_KINDS.some((kind) => kind === record.kind)) return null;
  // By the former name the object is found again where the rename is taken back.
  const manifest = record.manifest === null ? null : { ...record.manifest, previously: record.name };
  return { from: record.address, object: { ...record, ...parsed, address, manifest, updated_at } };
}

function renameIn(plan: Plan, moves: readonly OwnershipMove[]): Plan {
  const addressOf = new Map(moves.map(({ from, object }) => [from, object.address]));
  const moved = new Set(addressOf.values());
  const claim = plan.ownership.claim.map((one) => (moved.has(one.address) ? { ...one, renamed_from: null } : one));
  const settle = plan.ownership.settle.map((address) => addressOf.get(address) ?? address);
  return { ...plan, ownership: { ...plan.ownership, claim, settle } };
}
