import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { parseAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { InFlight, LiveState } from "../../model/objects/live.ts";
import { parseSettingsName } from "../../model/objects/settings.ts";
import { readImpact } from "../../reconcile/live/read-impact.ts";
import type { PlacesToRead } from "../../reconcile/live/read-places.ts";
import { readTarget } from "../../reconcile/live/read-target.ts";
import type { Target } from "../../reconcile/target.ts";
import {
  describeStatus,
  type Selected,
  type Status,
  selectAll,
  selectStatus,
} from "../../report/status/describe-status.ts";
import { renderStatusText } from "../../report/status/render-status-text.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { usage } from "../options/plan-options.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument, showResult } from "../output/show-result.ts";
import { look, readScopes, type TargetOptions, withTarget } from "../targets/open-target.ts";

/** Options of `poolkeeper status`. */
export interface StatusOptions extends Omit<TargetOptions, "deliver"> {
  /** `KIND.NAME` by the name in the control plane; undefined: everything. */
  readonly address: string | undefined;
  readonly json: boolean;
  readonly colour: boolean;
}

/** Shows what is live as it is now: clusters enabled and disabled apart. Throws when the address is not there. */
export async function runStatus(options: StatusOptions): Promise<number> {
  const { address } = options;
  const wanted = choosePlaces(options);
  const status = await withTarget(options, async (open): Promise<Status> => {
    const { readers, reader } = look(open, options);
    const live = await readTarget({ ...readers, delivery: null }, wanted);
    const chosen = address === undefined ? selectAll(live) : selectStatus(live, address);
    if (chosen === null) throw explainAbsence(address ?? "", live);
    return describeStatus(chosen, live, readers.union === null ? new Map() : await readWork(reader, chosen));
  });
  if (options.json) showDocument(`${JSON.stringify(status, undefined, 2)}\n`);
  else showResult(renderStatusText(status, choosePaint(options.colour)));
  return EXIT.ok;
}

/** Only settings that are shown are read. */
function choosePlaces({ address, scope }: StatusOptions): PlacesToRead {
  const scopes = readScopes(scope);
  if (address === undefined) return { scopes, every_project: true, deliveries: [] };
  const parsed = parseAddress(address);
  if (parsed === undefined) {
    throw usage(
      `${address}: not an address. Write KIND.NAME, for example cluster.east, queue.batch or settings.acme/production.`,
    );
  }
  const { kind, name } = parsed;
  if (kind === "cluster_pool_map" || kind === "flyte_clusters") {
    throw usage(
      `${address}: no server lists objects of this kind. poolkeeper plan compares them with the delivered files.`,
    );
  }
  return { scopes: kind === "settings" ? [parseSettingsName(name)] : scopes, every_project: false, deliveries: [] };
}

function explainAbsence(address: string, { org, endpoint, systems }: LiveState): OperationalError {
  const where = systems.union === "absent" ? endpoint : `${endpoint} (org ${org})`;
  const unseen = findUnseen(address, systems);
  const why = unseen === null ? "" : ` ${unseen}`;
  return new OperationalError("not_found", `${address} is not on ${where}.${why}`, { next: "stop" });
}

function findUnseen(address: string, { union, settings, flyteadmin }: LiveState["systems"]): string | null {
  const kind = parseAddress(address)?.kind;
  switch (kind && KIND_DEFINITIONS[kind].system) {
    case "settings":
      return settings === "read" ? null : "Permission denied: its settings can't be read.";
    case "flyteadmin":
      return flyteadmin === "read" ? null : "No flyteadmin is configured: pass --flyteadmin-endpoint.";
    default:
      return union === "read" ? null : "No Union control plane is configured: pass --endpoint.";
  }
}

async function readWork(reader: Target["reader"], { queues }: Selected): Promise<ReadonlyMap<string, InFlight>> {
  const kept = queues.filter(({ state }) => state !== "deleted");
  const work = await readImpact(
    reader,
    kept.map(({ name, spec }) => ({ name, pool: spec.cluster_pool })),
  );
  return work.inFlight;
}
