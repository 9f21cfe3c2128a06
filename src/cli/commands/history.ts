import { type Address, parseAddress } from "../../model/address.ts";
import type { ChangesAsked } from "../../model/daemon/daemon-service.ts";
import type { ChangeEntry, ChangeQuery } from "../../model/ledger/change-log.ts";
import { renderChangesText } from "../../report/history/render-changes-text.ts";
import { renderHistoryText } from "../../report/history/render-history-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { openStore } from "../../store/open-store.ts";
import type { DaemonClient } from "../daemon-client/open-daemon.ts";
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
    let isFirst = true;
    await readEntries(options, asked, (entries) => {
      // Each line is a document: a reader of the stream needs no end.
      if (json) showDocument(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
      else if (isFirst || entries.length > 0) showResult(renderChangesText(entries, choosePaint(colour), isFirst));
      isFirst = false;
    });
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

/** Gets each page as it is read: all values of a log together may be more than there is room for. */
type ShowPage = (entries: readonly ChangeEntry[]) => void;

function readEntries(options: HistoryOptions, asked: ChangesAsked, show: ShowPage): Promise<void> {
  const { target, store } = options;
  if (target !== undefined && store !== undefined) throw usage("Pass either a target of the daemon or --store.");
  if (target !== undefined) return withDaemon(options, (daemon) => readServed(daemon, target, { asked, show }));
  if (store === undefined) throw usage(WHICH);
  return readStored(store, options, { asked, show });
}

interface Reading {
  readonly asked: ChangesAsked;
  readonly show: ShowPage;
}

async function readServed(daemon: Pick<DaemonClient, "listChanges">, target: string, { asked, show }: Reading) {
  let { since, limit } = asked;
  for (;;) {
    const { entries, more = false } = await daemon.listChanges(target, { ...asked, since, limit });
    show(entries);
    limit -= entries.length;
    const last = entries.at(-1);
    if (last === undefined || !more || limit <= 0) return;
    if (since === null) return sayWarning(describeOlder(entries));
    since = last.seq;
  }
}

function describeOlder([oldest]: readonly ChangeEntry[]): string {
  return `Writes before number ${oldest?.seq} do not fit into the answer. To see them, pass a smaller number with --since.`;
}

/** What is in a store of the control plane that is named; nothing of it is called. */
function readStored(
  location: string,
  options: HistoryOptions,
  { asked: { address, place, since, limit }, show }: Reading,
): Promise<void> {
  return withTarget(options, async ({ ledger }) => {
    const store = await openStore(location, ledger, { warn: sayWarning });
    try {
      const one = { ...(address !== null && { address }), ...(place !== null && { place }) };
      let range: Pick<ChangeQuery, "after" | "before"> = since === null ? {} : { after: since };
      for (let left = limit; left > 0; ) {
        const entries = await store.readChanges({
          ...{ ...one, ...range, patterns: options.sensitive ?? [], limit: left },
          order: since === null ? "newest" : "oldest",
        });
        const last = entries.at(-1);
        // The first page is shown also where it is empty.
        if (last !== undefined || left === limit) show(entries);
        if (last === undefined) return;
        left -= entries.length;
        range = since === null ? { before: last.seq } : { after: last.seq };
      }
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
