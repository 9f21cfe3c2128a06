import { type Address, parseAddress } from "../../model/address.ts";
import type { ChangesAsked } from "../../model/daemon/daemon-service.ts";
import type { ChangeEntry } from "../../model/ledger/change-log.ts";
import { renderChangesText } from "../../report/history/render-changes-text.ts";
import { renderHistoryText } from "../../report/history/render-history-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { openStore } from "../../store/open-store.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { sayWarning, showDocument, showResult } from "../output/show-result.ts";
import { type TargetOptions, withTarget } from "../targets/open-target.ts";

/** Options of `poolkeeper history`. */
export interface HistoryOptions extends ServerOptions, TargetOptions {
  readonly target: string | undefined;
  readonly limit: number;
  /** Writes are shown: of this address, or with "" of all. */
  readonly objects: string | undefined;
  /** Only writes to this flyteadmin or place of delivery. */
  readonly place: string | undefined;
  readonly since: number | undefined;
  /** The store whose log is read, in place of a daemon's. */
  readonly store: string | undefined;
  readonly colour: boolean;
}

/**
 * Shows what was applied to a target and what its passes came to, newest first, or each single write: of a daemon's target, or out of a
 * store. Exit code 0.
 */
export async function runHistory(options: HistoryOptions): Promise<number> {
  const { target, limit, objects, place, since, store, json, colour } = options;
  if (objects !== undefined) {
    const asked = { address: readObject(objects), place: place ?? null, since: since ?? null, limit };
    const entries = await readEntries(options, asked);
    // Each line is a document: a reader of the stream needs no end.
    if (json) showDocument(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    else showResult(renderChangesText(entries, choosePaint(colour)));
    return EXIT.ok;
  }
  if ([place, since, store].some((given) => given !== undefined)) {
    throw usage("--place, --since and --store require --objects.");
  }
  if (target === undefined) throw usage(WHICH);
  const found = await withDaemon(options, async (daemon) => {
    const { applied } = await daemon.readTarget(target);
    const [runs, passes] = await Promise.all([daemon.listRuns(target, limit), daemon.listPasses(target, limit)]);
    return { applied: applied.slice(0, limit), runs, passes };
  });
  printResult(found, json, () => renderHistoryText(found, choosePaint(colour)));
  return EXIT.ok;
}

const WHICH =
  "Name the daemon's target: poolkeeper history production. With --objects, --store DIR reads a store directly.";

function readEntries(options: HistoryOptions, asked: ChangesAsked): Promise<readonly ChangeEntry[]> {
  const { target, store } = options;
  if (target !== undefined && store !== undefined) throw usage("Pass either a target of the daemon or --store.");
  if (target !== undefined) return withDaemon(options, (daemon) => daemon.listChanges(target, asked));
  if (store === undefined) throw usage(WHICH);
  return readStored(store, options, asked);
}

/** What is in a store of the control plane that is named; nothing of it is called. */
function readStored(
  location: string,
  options: HistoryOptions,
  { address, place, since, limit }: ChangesAsked,
): Promise<readonly ChangeEntry[]> {
  return withTarget(options, async ({ ledger }) => {
    const store = await openStore(location, ledger, { warn: sayWarning });
    try {
      return await store.readChanges({
        ...{ patterns: options.sensitive ?? [], limit, order: since === null ? "newest" : "oldest" },
        ...(address !== null && { address }),
        ...(place !== null && { place }),
        ...(since !== null && { after: since }),
      });
    } finally {
      await store.close();
    }
  });
}

function readObject(text: string): Address | null {
  if (text === "") return null;
  if (parseAddress(text) !== undefined) return text as Address;
  throw usage(
    `--objects ${text}: not an address. Write KIND.NAME, for example queue.batch; a target comes before --objects.`,
  );
}
