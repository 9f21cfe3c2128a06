import { type Address, parseAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Blame } from "../../model/ledger/blame.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { NOTHING_DESIRED } from "../../model/objects/desired.ts";
import { lookAt } from "../../reconcile/look-at.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { renderBlameText } from "../../report/history/render-blame-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { openStore } from "../../store/open-store.ts";
import { readBlame } from "../../store/read-blame.ts";
import { printResult, type ServerOptions, withDaemon } from "../daemon-client/with-daemon.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { sayWarning } from "../output/show-result.ts";
import { sealing, type TargetOptions, withTarget } from "../targets/open-target.ts";

/** Options of `poolkeeper blame`. */
export interface BlameOptions extends ServerOptions, TargetOptions {
  readonly address: string;
  /** Only this field, and those below it. */
  readonly field: string | undefined;
  /** The daemon's target; undefined: the only one. */
  readonly target: string | undefined;
  /** The store that is asked, in place of a daemon. */
  readonly store: string | undefined;
  readonly colour: boolean;
}

/** Says for each field of an object which commit, approval and time it comes from, or that live differs. Exit code 0. */
export async function runBlame(options: BlameOptions): Promise<number> {
  const { field, target, store, json, colour } = options;
  const address = readAddress(options.address);
  if (target !== undefined && store !== undefined) throw usage("Pass either --target or --store.");
  const whole = store === undefined ? await askDaemon(address, options) : await readStored(store, address, options);
  const isAsked = (path: string) => field === undefined || path === field || path.startsWith(`${field}.`);
  const blame = { ...whole, fields: whole.fields.filter(({ path }) => isAsked(path)) };
  if (field !== undefined && blame.fields.length === 0) {
    const known = whole.fields.map(({ path }) => path).join(", ");
    throw new OperationalError("not_found", `${address} has no field ${field}. It has ${known}.`, { next: "stop" });
  }
  printResult(blame, json, () => renderBlameText(blame, choosePaint(colour)));
  return EXIT.ok;
}

function askDaemon(address: Address, options: BlameOptions): Promise<Blame> {
  return withDaemon(options, async (daemon) => {
    const names =
      options.target === undefined ? (await daemon.listTargets()).map(({ target }) => target) : [options.target];
    const [name, ...others] = names;
    if (name === undefined) throw usage("The daemon has no target.");
    if (others.length > 0) throw usage(`Select the target with --target: ${names.join(", ")}.`);
    return daemon.readBlame(name, address);
  });
}

function readStored(location: string, address: Address, options: BlameOptions): Promise<Blame> {
  return withTarget(options, async (open) => {
    const { endpoint, org, ledger } = open;
    const store = await openStore(location, ledger, { warn: sayWarning });
    let unread: string | undefined;
    const look = async (object: OwnedObject | null) => {
      if (object === null) return null;
      const [vaultKey, released, sensitive] = [
        await store.vaultKey(),
        await store.readReleased(),
        await store.readSensitive(),
      ];
      const sealed = sealing(NOTHING_DESIRED, { vaultKey, owned: [object], released, sensitive }, options);
      const seen = await lookAt(object, sealTarget(open, sealed).target.readers);
      if ("unread" in seen) unread = seen.unread;
      return "unread" in seen ? null : seen;
    };
    try {
      const blame = await readBlame(store, { address, patterns: options.sensitive ?? [], look });
      if (blame !== null) return { ...blame, ...(unread !== undefined && { unread }) };
      throw new OperationalError("not_found", `The store has no record of ${address} at ${endpoint} (org ${org}).`, {
        next: "stop",
      });
    } finally {
      await store.close();
    }
  });
}

function readAddress(text: string): Address {
  if (parseAddress(text) !== undefined) return text as Address;
  throw usage(`${text}: not an address. Write KIND.NAME, for example queue.batch or settings.acme/production.`);
}
