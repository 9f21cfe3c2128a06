import { OperationalError } from "../model/errors/operational-error.ts";
import type { JsonObject } from "../model/json/json.ts";
import type { AttributesRow } from "../model/objects/attributes.ts";
import { parseSettingsName, type SettingValues } from "../model/objects/settings.ts";
import { isPut, listForeign, putSettings } from "../model/objects/settings-patch.ts";
import type { StepOf } from "../model/plan/step.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";
import { settingsChanged } from "./changed-since-plan.ts";
import { type PlaceStep, requireDelivery } from "./place-step.ts";
import { isRowSettled, writeRow } from "./write-row.ts";

/**
 * Sends the write of a step on a placed object. The rows that its delete takes along are written back as they were journaled, even where the
 * answer to the delete was lost. Throws an OperationalError when the write is not made.
 */
export async function writePlace(step: PlaceStep, tools: TargetTools, facts: StepFacts): Promise<void> {
  switch (step.kind) {
    case "settings":
      return writeSettings(step, tools, facts.before);
    case "flyte_clusters":
      return deliverFiles(step, tools, facts.before);
    case "cluster_pool_map":
      return tools.writer.registerClusters(step.set.cluster_to_pool);
    default:
      return writeRow(step, tools, facts);
  }
}

/** Whether the effect of a step on a placed object is live, by reading. */
export async function isPlaceSettled(
  step: PlaceStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
): Promise<boolean> {
  switch (step.kind) {
    case "settings": {
      const { values } = await tools.reader.getSettings(parseSettingsName(step.physical_name));
      return isPut(step.set, values);
    }
    case "flyte_clusters": {
      const { files, removed } = step.set;
      const delivered = await requireDelivery(step, tools).readDelivered([...Object.keys(files), ...removed]);
      const found = new Map(delivered.map(({ path, text }) => [path, text]));
      const isThere = Object.entries(files).every(([path, text]) => found.get(path) === text);
      return isThere && removed.every((path) => !found.has(path));
    }
    case "cluster_pool_map":
      return areRegistered(step.set.cluster_to_pool, tools);
    default:
      return isRowSettled(step, tools, displaced);
  }
}

async function areRegistered(
  poolOf: Readonly<Record<string, string>>,
  { reader }: Pick<TargetTools, "reader">,
): Promise<boolean> {
  for (const [name, pool] of Object.entries(poolOf)) {
    if ((await reader.getCluster(name))?.pool !== pool) return false;
  }
  return true;
}

/** What is changed is put onto a fresh read, whose version the control plane checks: all else is sent as it is there. */
async function writeSettings(
  step: StepOf<"settings">,
  { reader, writer }: TargetTools,
  before: JsonObject | null,
): Promise<void> {
  const scope = parseSettingsName(step.physical_name);
  const { values, version } = await reader.getSettings(scope);
  const seen = (before?.settings ?? {}) as SettingValues;
  const [foreign] = listForeign(step.set, seen, values);
  if (foreign !== undefined) throw settingsChanged(step, foreign);
  await writer.writeSettings(scope, putSettings(step.set, values), version);
}

async function deliverFiles(
  step: StepOf<"flyte_clusters">,
  tools: TargetTools,
  seen: JsonObject | null,
): Promise<void> {
  const { files, removed } = step.set;
  const before = (seen?.files ?? {}) as Readonly<Record<string, string>>;
  const paths = [...Object.keys(files), ...removed];
  const delivery = requireDelivery(step, tools);
  const present = new Map((await delivery.readDelivered(paths)).map(({ path, text }) => [path, text]));
  for (const path of paths)
    refuseForeign(path, { present: present.get(path), seen: before[path], wanted: files[path] });
  await delivery.deliver({
    files: Object.entries(files).map(([path, text]) => ({ path, text })),
    removes: removed,
    message: `poolkeeper: ${step.op === "delete" ? "remove" : "deliver"} ${step.physical_name}`,
    expected: paths.map((path) => ({ path, text: present.get(path) ?? null })),
  });
}

interface FileStates {
  readonly present: string | undefined;
  readonly seen: string | undefined;
  readonly wanted: string | undefined;
}

/** Throws an OperationalError `delivery_changed` where a file was changed after the plan was made: it is not overwritten unseen. */
function refuseForeign(path: string, { present, seen, wanted }: FileStates): void {
  if (present === seen || present === wanted) return;
  throw new OperationalError("delivery_changed", `${path} was changed since this was planned. Plan again.`, {
    next: "stop",
  });
}
