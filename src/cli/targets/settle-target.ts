import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Plan } from "../../model/plan/plan.ts";
import { join, shown } from "../../report/text/shown-text.ts";
import { nameSink, openSink } from "../../systems/delivery/open-sink.ts";
import { resolveFlyteadminConnection } from "../../systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { type Found, findFirst } from "../../systems/http/transport-settings.ts";
import { describeStore, HIDDEN } from "../options/plan-options.ts";
import { confirm, isTerminal } from "../output/confirm.ts";
import { type ApplyFlags, formatApplyCommand, type TargetFlags } from "../output/format-apply-command.ts";
import { showNote } from "../output/show-result.ts";
import type { ReferenceFlags } from "./find-references.ts";
import { cacheFolder, resolveUnion, type TargetOptions } from "./open-target.ts";

/** The options of an apply that say where it goes. */
export interface SettledOptions extends TargetOptions, ReferenceFlags {
  readonly path: string;
  readonly store?: string | undefined;
  readonly manifests?: string | undefined;
  readonly planKeyFile?: string | undefined;
  readonly autoApprove: boolean;
}

/** One setting that names the target: its value in the plan file, and in flags, environment and the user's configuration. */
interface TargetPart {
  readonly flag: keyof TargetFlags;
  readonly what: string;
  readonly planned: string | undefined;
  readonly given: Found | undefined;
}

/**
 * The options with which a plan file is applied. The target is chosen outside of the file; a setting that is not chosen is taken from the
 * file after a confirmation. Nothing is sent, and no host's address is looked up. Null: it was not confirmed. Throws an OperationalError:
 * `other_target` where the plan is for another target, `target_not_named` where there is no terminal.
 */
export async function settleTarget<T extends SettledOptions>(plan: Plan, options: T): Promise<T | null> {
  const parts = listParts(plan, options);
  for (const part of parts) refuseOther(part);
  const missing = parts.filter(({ planned, given }) => planned !== undefined && given === undefined);
  if (missing.length === 0) return options;
  const suggested: TargetFlags = Object.fromEntries(missing.map(({ flag, planned }) => [flag, planned]));
  const canAsk = isTerminal() && !options.autoApprove && !missing.some(({ planned }) => planned?.includes(HIDDEN));
  if (!canAsk) throw notNamed(missing, suggested, options);
  showNote(shown`${join(describeMissing(options.path, missing))}\n`);
  const nothing = "Nothing was sent and nothing was changed.";
  const isConfirmed = await confirm({ question: "Use this target?", unasked: "these options", nothing });
  return isConfirmed ? { ...options, ...suggested } : null;
}

function listParts({ target, options: { store } }: Plan, options: SettledOptions): readonly TargetPart[] {
  const hasUnion = target.org !== "";
  const union = findUnion(options, hasUnion ? target.org : undefined);
  const flyteadmin = resolveFlyteadminConnection({ flags: options, env: process.env });
  const place = findFirst(["--deliver", options.deliver], ["POOLKEEPER_DELIVER", process.env.POOLKEEPER_DELIVER]);
  return [
    { flag: "endpoint", what: "endpoint", planned: hasUnion ? target.endpoint : undefined, given: union.endpoint },
    { flag: "org", what: "organization", planned: hasUnion ? target.org : undefined, given: union.org },
    {
      ...{ flag: "flyteadminEndpoint", what: "flyteadmin", planned: target.flyteadmin },
      given: flyteadmin === null ? undefined : { value: flyteadmin.endpoint, source: flyteadmin.sources.endpoint },
    },
    {
      ...{ flag: "deliver", what: "delivery", planned: target.delivery && nameSink(target.delivery) },
      given: place && { ...place, value: nameSink(openSink(place.value, cacheFolder()).place) },
    },
    {
      ...{ flag: "store", what: "store", planned: store ?? undefined },
      given: options.store === undefined ? undefined : { value: describeStore(options.store), source: "--store" },
    },
  ];
}

/** Endpoint and organization as far as they are named: each may be without the other. */
function findUnion(options: TargetOptions, org: string | undefined): Partial<Record<"endpoint" | "org", Found>> {
  try {
    const { sources, ...union } = resolveUnion(options);
    return {
      endpoint: { value: union.endpoint, source: sources.endpoint },
      org: { value: union.org, source: sources.org },
    };
  } catch (error) {
    if (!(error instanceof OperationalError)) throw error;
    const named = findFirst(["--org", options.org], ["POOLKEEPER_ORG", process.env.POOLKEEPER_ORG]);
    if (error.code === "endpoint_missing") return named === undefined ? {} : { org: named };
    if (error.code !== "org_missing" || org === undefined) throw error;
    const { endpoint, sources } = resolveUnion({ ...options, org });
    return { endpoint: { value: endpoint, source: sources.endpoint } };
  }
}

function refuseOther({ what, planned, given }: TargetPart): void {
  if (given === undefined || planned === given.value) return;
  const { value, source } = given;
  const message =
    planned === undefined
      ? `The plan was computed without ${what}, and ${source} names ${value}. Omit it, or plan again with it.`
      : `The plan is for ${what} ${planned}, not for ${value} (${source}). Pass the plan's own, or plan again.`;
  throw new OperationalError("other_target", message, { next: "stop" });
}

function describeMissing(path: string, missing: readonly TargetPart[]): readonly string[] {
  const width = Math.max(...missing.map(({ what }) => what.length));
  return [
    `${path} was computed for this target, which only the file names:`,
    ...missing.map(({ what, planned }) => `  ${what.padEnd(width)}  ${planned}`),
    ...listTokens(missing).map((name) => `The token in ${name} would be sent there.`),
  ];
}

/** Tokens of the environment that no endpoint of the environment binds. */
function listTokens(missing: readonly TargetPart[]): readonly string[] {
  const variables = { endpoint: "POOLKEEPER_TOKEN", flyteadminEndpoint: "POOLKEEPER_FLYTEADMIN_TOKEN" };
  return missing.flatMap(({ flag }) => {
    const name = flag === "endpoint" || flag === "flyteadminEndpoint" ? variables[flag] : undefined;
    return name !== undefined && findFirst([name, process.env[name]]) !== undefined ? [name] : [];
  });
}

function notNamed(missing: readonly TargetPart[], suggested: TargetFlags, options: SettledOptions): OperationalError {
  const wanted = missing.map(({ what }) => what).join(" and ");
  const hidden = missing.some(({ planned }) => planned?.includes(HIDDEN))
    ? " (URL: users and passwords are not saved)"
    : "";
  const flags: ApplyFlags = { ...options, ...suggested };
  const command = formatApplyCommand(
    options.path,
    flags.store?.includes(HIDDEN) ? { ...flags, store: "URL" } : flags,
    options.autoApprove,
  );
  const message = `A plan file does not select its own target, and nothing else names ${wanted}. To use the file's target, run${hidden}: ${command}`;
  return new OperationalError("target_not_named", message, { next: "stop" });
}
