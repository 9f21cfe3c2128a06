import type { Address } from "../../model/address.ts";
import type { DaemonRecords, Pause } from "../../model/daemon-records.ts";
import { explainingErrors } from "../explain-store-error.ts";
import type { StoreConnection } from "../store-schema.ts";

type PauseRecords = Pick<DaemonRecords, "addPause" | "readPauses" | "endPauses">;

/** What is left alone, for a time or until it is lifted. */
export function createPauseRecords(connection: StoreConnection): PauseRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addPause: (pause) => explaining(() => addPause(connection, pause)),
    readPauses: (target) => explaining(() => readPauses(connection, target)),
    endPauses: (target, address) => explaining(() => endPauses(connection, target, address)),
  };
}

async function addPause({ db }: StoreConnection, pause: Pause): Promise<void> {
  await db.insertInto("pause").values(pause).execute();
}

/** Oldest first. */
async function readPauses({ db, time }: StoreConnection, target: string): Promise<readonly Pause[]> {
  return db
    .selectFrom("pause")
    .selectAll()
    .where("target", "=", target)
    .where((row) => row.or([row("until", "is", null), row("until", ">", time(0))]))
    .orderBy("at")
    .orderBy("id")
    .execute();
}

/** One that is over counts for nothing: it stays until it is pruned. */
async function endPauses({ db, time }: StoreConnection, target: string, address: Address | null): Promise<number> {
  const result = await db
    .deleteFrom("pause")
    .where("target", "=", target)
    .where("address", address === null ? "is" : "=", address)
    .where((row) => row.or([row("until", "is", null), row("until", ">", time(0))]))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
