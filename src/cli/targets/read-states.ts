import { dropReferences } from "../../manifests/drop-references.ts";
import type { Declared } from "../../model/objects/desired.ts";
import type { LiveFlyteadmin } from "../../model/objects/live.ts";
import { listScopesAbove, type SettingsScope } from "../../model/objects/settings.ts";
import { factsOfDesired } from "../../plan/routing/facts-of-desired.ts";
import type { PicturedChange } from "../../plan/routing/mark-changes.ts";
import { type NameOf, SAME_NAME } from "../../plan/routing/name-of.ts";
import type { RoutingFacts } from "../../plan/routing/routing-facts.ts";
import { gatherFacts } from "../../reconcile/gather-facts.ts";
import { computeFor } from "../../reconcile/make-plan.ts";
import { openMemory } from "../../reconcile/open-memory.ts";
import { sealTarget } from "../../reconcile/seal-target.ts";
import { choosePaint } from "../../report/text/paint.ts";
import { shown } from "../../report/text/shown-text.ts";
import { type PlanFlags, readPlanOptions } from "../options/plan-options.ts";
import { say, showNote } from "../output/show-result.ts";
import { findReferences, type ReferenceFlags } from "./find-references.ts";
import { findOrg, namesTarget, readScopes, sealing, type TargetOptions, withTarget } from "./open-target.ts";
import { readDesired } from "./read-desired.ts";

/** Options of the commands that look at where a plan leads. */
export interface StatesOptions
  extends TargetOptions,
    ReferenceFlags,
    Pick<PlanFlags, "prune" | "store" | "replace" | "onPoolChange"> {
  readonly dir: string;
  readonly json: boolean;
  readonly colour: boolean;
}

/** What routing depends on now, and after the plan of a folder is applied. */
export interface States {
  /** Null where no control plane is named: then manifests speak alone. */
  readonly live: RoutingFacts | null;
  readonly desired: RoutingFacts;
  readonly changes: readonly PicturedChange[];
  /** Names in the control plane of what manifests name. */
  readonly nameOf: NameOf;
  /** Its projects and domains; null where no flyteadmin was read. */
  readonly flyteadmin: LiveFlyteadmin | null;
}

const MANIFESTS_ALONE = shown`Note: no control plane is configured, so this is based on the manifests alone. --endpoint or --flyteadmin-endpoint adds the live state.\n`;

/**
 * Reads a folder and the target, and computes the plan as `plan` does. Null when the folder is invalid, and then what is wrong has been
 * printed. The settings of `asked` are read as well.
 */
export async function readStates(options: StatesOptions, asked: readonly SettingsScope[] = []): Promise<States | null> {
  readPlanOptions(options);
  const scopes = [...readScopes(options.scope), ...asked];
  const paint = choosePaint(options.colour && process.stderr.isTTY === true);
  const isCompared = namesTarget(options);
  // Nothing is compared with manifests alone: no reference has a say in routes.
  const references = isCompared ? findReferences(options, process.env) : null;
  const loaded = await readDesired(options.dir, { org: findOrg(options), json: options.json, paint, references });
  if (loaded === null) return null;
  const { desired } = loaded;
  if (isCompared) return readBoth(desired, scopes, options);
  showNote(MANIFESTS_ALONE);
  return {
    live: null,
    desired: factsOfDesired(dropReferences(desired), null),
    changes: [],
    nameOf: SAME_NAME,
    flyteadmin: null,
  };
}

function readBoth(wanted: Declared, asked: readonly SettingsScope[], options: StatesOptions): Promise<States> {
  // A run looks for its queue in the scopes above as well.
  const scopes = [...wanted.settings.map(({ scope }) => scope), ...asked].flatMap(listScopesAbove);
  return withTarget(options, async (open) => {
    const memory = await openMemory(options.store, open.ledger, { env: process.env, say });
    try {
      const planOptions = readPlanOptions(options);
      const { target, desired } = sealTarget(open, sealing(wanted, memory, options));
      const { readers } = target;
      const { live, plan } = await computeFor({
        ...{ desired, readers, scopes, memory },
        ...{ options: planOptions, revision: null },
      });
      const { body } = plan;
      const flyteadmin = live.systems.flyteadmin === "read" ? live.flyteadmin : null;
      return {
        ...gatherFacts({ desired, live, owned: memory.owned, body }),
        changes: body.changes,
        flyteadmin,
      };
    } finally {
      await memory.close();
    }
  });
}
