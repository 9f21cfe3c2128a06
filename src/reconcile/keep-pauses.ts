import type { DaemonRecords } from "../model/daemon/daemon-records.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { followPauses } from "../plan/policy/follow-pauses.ts";
import type { LedgerTarget } from "../store/database/store-schema.ts";
import { readLedgerOf } from "./name-target-place.ts";

type PauseRecords = Pick<DaemonRecords, "readPauses" | "bindPause">;
type ReadOwned = () => Promise<readonly OwnedObject[]>;

/** Keeps each pause of some targets on its object, under any name that it is registered by now. */
export async function keepPauses(
  records: PauseRecords,
  targets: readonly string[],
  readOwned: ReadOwned,
): Promise<void> {
  const read = await Promise.all(targets.map(records.readPauses));
  const pauses = read.flat().filter(({ address }) => address !== null);
  if (pauses.length === 0) return;
  const followed = followPauses(pauses, await readOwned());
  for (const { id, registered_as } of followed) await records.bindPause(id, registered_as);
}

/** The same for writes to a control plane without a target, as of commands: for all targets that daemons have there. */
export async function keepPausesAt(
  records: PauseRecords & Pick<DaemonRecords, "readStates">,
  { org, endpoint }: LedgerTarget,
  readOwned: ReadOwned,
): Promise<void> {
  const targets = (await records.readStates()).flatMap(({ target, place }) => {
    const ledger = place === undefined ? null : readLedgerOf(place);
    return ledger?.org === org && ledger.endpoint === endpoint ? [target] : [];
  });
  await keepPauses(records, targets, readOwned);
}
