import { countNoun } from "../model/count-noun.ts";
import { OperationalError } from "../model/operational-error.ts";
import { join, shown } from "../report/shown-text.ts";
import { openDatabase } from "../store/open-store.ts";
import { confirm } from "./confirm.ts";
import { EXIT } from "./exit-codes.ts";
import { refuseNoStore } from "./refuse-no-store.ts";
import { showNote } from "./show-result.ts";

/** Options of `poolkeeper forget`. */
export interface ForgetOptions {
  /** A flyteadmin or a place of delivery, as the notice `left-elsewhere` names it. */
  readonly place: string;
  /** A folder or a `postgres://` URL. */
  readonly store: string;
  readonly autoApprove: boolean;
}

/**
 * Ends what a store has on record at a flyteadmin or a place of delivery that is given up: what was applied there stays as it is, and is
 * nobody's. Says what that is, and asks. Daemons may go on meanwhile.
 */
export async function runForget({ place, store, autoApprove }: ForgetOptions): Promise<number> {
  refuseNoStore(store);
  const database = await openDatabase(store);
  try {
    const records = await database.listRecordsAt(place);
    if (records.length === 0) throw nothingThere(place);
    const lines = records.map(({ address, org, endpoint }) => `  ${address} (${org} at ${endpoint})`);
    showNote(shown`On record at ${place}:\n${join(lines)}\n`);
    showNote(
      shown`Nothing there changes. It is not owned any more: no plan prunes it, or tells what was changed there.\n`,
    );
    const question = `Forget ${countNoun(records.length, "object")} at ${place}?`;
    const nothing = "Nothing was forgotten.";
    if (!autoApprove && !(await confirm({ question, unasked: "--auto-approve", nothing }))) return EXIT.error;
    await database.forgetPlace(place);
    showNote(shown`Forgotten.\n`);
    return EXIT.ok;
  } finally {
    await database.close();
  }
}

function nothingThere(place: string): OperationalError {
  const message = `Nothing is on record at ${place}. Name the place as the notice left-elsewhere of a plan does.`;
  return new OperationalError("nothing_there", message, { next: "stop" });
}
