import type { Address } from "../../model/address.ts";
import type { DaemonRecords, Pause } from "../../model/daemon/daemon-records.ts";
import { findGivenId, nameTakenPause } from "../../model/daemon/taken-holds.ts";
import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { explainingErrors } from "../database/explain-store-error.ts";
import { insertAudit } from "../database/insert-audit.ts";
import type { Statements, StoreConnection } from "../database/store-schema.ts";

type PauseRecords = Pick<DaemonRecords, "addPause" | "readPauses" | "bindPause" | "endPauses">;

/** What is left alone, for a time or until it is lifted. */
export function createPauseRecords(connection: StoreConnection): PauseRecords {
  const explaining = explainingErrors(connection.place);
  return {
    addPause: (pause, audit) => explaining(() => connection.transact(() => addPause(connection, pause, audit))),
    readPauses: (target) => explaining(() => readPauses(connection, target)),
    bindPause: (id, registered_as) => explaining(() => bindPause(connection, id, registered_as)),
    endPauses: (target, address, audit, kept = []) =>
      explaining(async () => {
        const ended = (await readPauses(connection, target)).filter((pause) => pause.address === address);
        const ids = ended.map(({ id }) => findGivenId(id));
        return connection.transact(() => endPauses(connection, { target, address, ids, kept }, audit));
      }),
  };
}

function* addPause(connection: StoreConnection, pause: Pause, audit: AuditEntry): Statements<void> {
  yield connection.db.insertInto("pause").values({ registered_as: null, ...pause });
  yield insertAudit(connection, audit);
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

async function bindPause({ db }: StoreConnection, id: string, registered_as: Address): Promise<void> {
  await db.updateTable("pause").set({ registered_as }).where("id", "=", id).execute();
}

interface EndedPauses {
  readonly target: string;
  readonly address: Address | null;
  /** Those under which they were given. */
  readonly ids: readonly string[];
  /** Targets that keep the same pause. */
  readonly kept: readonly string[];
}

/** One that is over counts for nothing: it stays until it is pruned. */
function* endPauses(
  connection: StoreConnection,
  { target, address, ids, kept }: EndedPauses,
  audit: AuditEntry,
): Statements<number> {
  const { db, time } = connection;
  const ended = yield db
    .deleteFrom("pause")
    .where("target", "=", target)
    .where("address", address === null ? "is" : "=", address)
    .where((row) => row.or([row("until", "is", null), row("until", ">", time(0))]));
  for (const id of ids) {
    yield db
      .deleteFrom("pause")
      .where("target", "not in", [target, ...kept])
      .where((row) => row.or([row("id", "=", id), row("id", "like", nameTakenPause(id, "%"))]));
  }
  yield insertAudit(connection, { ...audit, details: { ...audit.details, ended } });
  return ended;
}
