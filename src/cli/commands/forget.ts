import { OperationalError } from "../../model/errors/operational-error.ts";
import { type FormerPlace, readFormerPlace } from "../../model/ledger/former-place.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { hasControlPlane, hasOtherSystem, readLedgerOf } from "../../reconcile/name-target-place.ts";
import { forgetBegunAt } from "../../reconcile/pass/find-here.ts";
import { join, type Shown, shown } from "../../report/text/shown-text.ts";
import { type HeldLease, holdLease } from "../../store/leases/hold-lease.ts";
import type { RecordThere } from "../../store/ledger/forget-place.ts";
import { type Database, openDatabase } from "../../store/open-store.ts";
import { confirm } from "../output/confirm.ts";
import { EXIT } from "../output/exit-codes.ts";
import { sayWarning, showNote } from "../output/show-result.ts";
import { refuseNoStore } from "../targets/refuse-no-store.ts";

/** Options of `poolkeeper forget`. */
export interface ForgetOptions {
  /**
   * A flyteadmin, a place of delivery or a control plane (of all organizations there, or of the one that it names), as the notices `left-elsewhere` and `left-half-way` name it; or `sensitive:NAME`, as a
   * manifest's `sensitive` has it.
   */
  readonly place: string;
  /** A folder or a `postgres://` URL. */
  readonly store: string;
  readonly autoApprove: boolean;
}

/** What is to be forgotten. */
interface Forgotten {
  readonly shown: Shown;
  readonly question: string;
  readonly forget: () => Promise<void>;
  /** Held until it is forgotten, or is not: no run writes in between. */
  readonly leases?: readonly HeldLease[];
}

/** For how long after its last pass a target counts as having its place: its daemon may be down. In milliseconds. */
const HAS_MS = 7 * 24 * 3_600_000;

/**
 * Removes a store's records of an abandoned flyteadmin or place of delivery, where what was applied stays and is no longer owned; what is
 * half-way at an abandoned control plane; or a name by which values are sensitive. Shows the records and asks for confirmation. Daemons may keep
 * running: throws an OperationalError `place_in_use` where a target has the place, and `lease_held` where a run writes to the control plane.
 */
export async function runForget({ place, store, autoApprove }: ForgetOptions): Promise<number> {
  refuseNoStore(store);
  const database = await openDatabase(store, { warn: sayWarning });
  try {
    const [, name] = /^sensitive:(.*)$/.exec(place) ?? [];
    const found = name === undefined ? await findPlace(database, place) : await findName(database, name);
    try {
      showNote(found.shown);
      const nothing = "Nothing was forgotten.";
      if (!autoApprove && !(await confirm({ question: found.question, unasked: "--auto-approve", nothing })))
        return EXIT.error;
      await found.forget();
      showNote(shown`Forgotten.\n`);
      return EXIT.ok;
    } finally {
      for (const lease of found.leases ?? []) await lease.release();
    }
  } finally {
    await database.close();
  }
}

async function findPlace(database: Database, place: string): Promise<Forgotten> {
  const found = await findRecords(database, readFormerPlace(place));
  if (found === null)
    throw nothingThere(
      `No records at ${place}. Use the name of the place in the notice left-elsewhere or left-half-way of a plan.`,
    );
  const { at, records } = found;
  await refuseInUse(database.records, found);
  const lines = records.map(({ address, org, endpoint }) => `  ${address} (${org} at ${endpoint})`);
  const halfWay = records.filter(isHalfWay);
  const end =
    halfWay.length === records.length
      ? "No run will finish what was half-way there, even if the place is configured again."
      : "It is no longer owned: no plan prunes it or detects drift there.";
  const leases = await holdLeases(database, halfWay);
  return {
    leases,
    shown: shown`On record at ${place}:\n${join(lines)}\nNothing there changes. ${end}\n`,
    question: `Forget ${countNoun(records.length, "object")} at ${place}?`,
    forget: async () => {
      await database.forgetPlace(at);
      await forgetBegun(database.records, at);
    },
  };
}

interface FoundRecords {
  readonly at: FormerPlace;
  readonly records: readonly RecordThere[];
}

/** What is on record at the first of these places that has any. */
async function findRecords(database: Database, places: readonly FormerPlace[]): Promise<FoundRecords | null> {
  for (const at of places) {
    const records = await database.listRecordsAt(at);
    if (records.length > 0) return { at, records };
  }
  return null;
}

/** Whether it is half-way at the control plane itself. */
function isHalfWay({ place }: RecordThere): boolean {
  return place === "";
}

/** Of what a target has, nothing is abandoned: it would take its own rollout for changes of others. */
async function refuseInUse(records: Database["records"], { at, records: there }: FoundRecords): Promise<void> {
  const since = new Date(Date.parse(await records.now()) - HAS_MS).toISOString();
  const users = (await records.readStates()).filter(({ place, updated_at }) => {
    if (place === undefined || updated_at < since) return false;
    const has = (record: RecordThere) => (isHalfWay(record) ? hasControlPlane(place, at) : hasOtherSystem(place, at));
    return there.some(has);
  });
  if (users.length === 0) return;
  const names = users.map(({ target }) => target).sort();
  const [which, them] =
    names.length === 1 ? [`target ${names[0]} has`, names[0]] : [`targets ${names.join(", ")} have`, "them"];
  throw new OperationalError(
    "place_in_use",
    `Nothing was forgotten: ${which} ${at.place} by the last pass. Give ${them} another place in the daemon's configuration, wait for its next pass, and run this again. A target that was removed from the configuration counts until seven days after its last pass.`,
    { next: "stop" },
  );
}

/** No run may be under way, nor begin. */
async function holdLeases(database: Database, records: readonly RecordThere[]): Promise<readonly HeldLease[]> {
  const ledgers = new Map(records.map(({ org, endpoint }) => [JSON.stringify([org, endpoint]), { org, endpoint }]));
  const held: HeldLease[] = [];
  try {
    for (const ledger of ledgers.values()) {
      held.push(await holdLease(database.storeOf({ ...ledger, flyteadmin: null, delivery: null }).leases));
    }
    return held;
  } catch (error) {
    for (const lease of held) await lease.release();
    throw error;
  }
}

/** A rollout that was given up with its place is not reported as abandoned any more, and not resumed. */
async function forgetBegun(records: Database["records"], { place, org }: FormerPlace): Promise<void> {
  const isThere = (name: string) => {
    const ledger = readLedgerOf(name);
    return ledger?.endpoint === place && (org === undefined || ledger.org === org);
  };
  for (const { target } of await records.readStates()) {
    await records.changeState(target, (kept) => (kept === null ? null : forgetBegunAt(kept, isThere)));
  }
}

async function findName(database: Database, name: string): Promise<Forgotten> {
  const records = await database.listSensitive(name);
  if (records.length === 0) throw nothingThere(`No manifest that was applied has ${name} in \`sensitive\`.`);
  const lines = records.map(({ subject, org, endpoint }) => `  ${subject} (${org} at ${endpoint})`);
  return {
    shown: shown`Sensitive by ${name}:\n${join(lines)}\nValues that no other rule seals are shown from then on. Remove the name from the manifests first, or a pass records it again.\n`,
    question: `Forget that ${name} is sensitive?`,
    forget: () => database.forgetSensitive(name),
  };
}

function nothingThere(message: string): OperationalError {
  return new OperationalError("nothing_there", message, { next: "stop" });
}
