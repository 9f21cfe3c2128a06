import pLimit from "p-limit";
import { maskSecrets } from "../flyte-clusters/find-secrets.ts";
import type { PlacedKind } from "../model/address.ts";
import {
  ATTRIBUTES_KINDS,
  type AttributesKind,
  type AttributesRow,
  formatAttributesScope,
  goesAlong,
  isWritable,
  parseAttributesScope,
} from "../model/attributes.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { JsonObject, Step, StepOf } from "../model/plan.ts";
import { normaliseSettingValue, parseSettingsName, type SettingValues } from "../model/settings.ts";
import type { StepFacts, TargetTools } from "./apply-context.ts";

/** A step on an object that is told by its place. */
export type PlaceStep = StepOf<PlacedKind>;

/** Rows that are written back at the same time. */
const ROWS_AT_ONCE = 8;

/** Whether a step is on an object that is told by its place. */
export function isPlaceStep(step: Step): step is PlaceStep {
  return step.kind !== "cluster_pool" && step.kind !== "cluster" && step.kind !== "queue";
}

/**
 * Sends the write of a step on a placed object. `displaced` are the rows that its delete takes along, as they were journaled: they
 * are written back even where the answer to the delete got lost. Throws an OperationalError when it is not carried out.
 */
export async function writePlace(step: PlaceStep, tools: TargetTools, { displaced, before }: StepFacts): Promise<void> {
  switch (step.kind) {
    case "settings":
      return writeSettings(step, tools);
    case "flyte_clusters":
      return deliverFiles(step, tools, before);
    case "cluster_pool_attributes":
    case "execution_cluster_label":
      return writeRow(step, tools, displaced);
    case "cluster_pool_map":
      return tools.writer.registerClusters(poolsToSet(step));
  }
}

/** Whether the effect of a step on a placed object is there, by reading. */
export async function isPlaceSettled(
  step: PlaceStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
): Promise<boolean> {
  switch (step.kind) {
    case "settings": {
      const { values } = await tools.reader.getSettings(parseSettingsName(step.physical_name));
      const { settings, cleared } = settingsOf(step);
      const same = (key: string) => isSame(key, values[key], settings[key]);
      return Object.keys(settings).every(same) && cleared.every((key) => !(key in values));
    }
    case "flyte_clusters": {
      const { files, removed } = filesOf(step);
      const delivered = await requireDelivery(step, tools).readDelivered([...Object.keys(files), ...removed]);
      const found = new Map(delivered.map(({ path, text }) => [path, text]));
      const isThere = Object.entries(files).every(([path, text]) => found.get(path) === text);
      return isThere && removed.every((path) => !found.has(path));
    }
    case "cluster_pool_attributes":
    case "execution_cluster_label":
      return isRowSettled(step, tools, displaced);
    case "cluster_pool_map":
      return areRegistered(poolsToSet(step), tools);
  }
}

/**
 * The rows that the delete of a step will take along and that can be written back: those of its kind below its scope. Where there
 * are others too, throws an OperationalError, unless the plan was allowed to lose them (`mayLose`).
 */
export async function readDisplaced(
  step: PlaceStep,
  tools: TargetTools,
  mayLose: boolean,
): Promise<readonly AttributesRow[]> {
  if (attributesKindOf(step) === null || step.op !== "delete" || !isWide(step)) return [];
  const rows = await listBelow(step, tools);
  const lost = rows.filter((row) => !isWritable(row));
  if (lost.length > 0 && !mayLose) throw wouldLose(step, lost);
  return rows.filter(isWritable);
}

/** A workflow's row has none below it but those of launch plans, which nothing writes: to list all rows for each is not worth it. */
function isWide({ physical_name }: PlaceStep): boolean {
  return parseAttributesScope(physical_name).workflow === null;
}

async function listBelow(step: PlaceStep, tools: TargetTools): Promise<readonly AttributesRow[]> {
  const { kind, scope } = rowOf(step);
  const rows = await requireFlyteadmin(step, tools).reader.listRows(kind);
  return rows.filter((row) => goesAlong(row, scope));
}

function wouldLose({ physical_name }: PlaceStep, lost: readonly AttributesRow[]): OperationalError {
  const names = lost.map(({ scope }) => formatAttributesScope(scope)).join(", ");
  const message = `The delete at ${physical_name} would take ${names} away for good: HTTP cannot write such rows back. Plan again.`;
  return new OperationalError("cascade_unsafe", message, { next: "stop" });
}

function poolsToSet({ id, set }: PlaceStep): Readonly<Record<string, string>> {
  if (set === null) throw new Error(`step ${id} has nothing to set`);
  return (set.cluster_to_pool ?? {}) as Readonly<Record<string, string>>;
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

async function writeSettings(step: PlaceStep, { reader, writer }: TargetTools): Promise<void> {
  const scope = parseSettingsName(step.physical_name);
  const { settings, cleared } = settingsOf(step);
  const live = await reader.getSettings(scope);
  const kept = Object.entries(live.values).filter(([key]) => !cleared.includes(key));
  await writer.writeSettings(scope, { ...Object.fromEntries(kept), ...settings }, live.version);
}

function settingsOf({ id, set }: PlaceStep) {
  if (set === null) throw new Error(`step ${id} has nothing to set`);
  return { settings: (set.settings ?? {}) as SettingValues, cleared: (set.cleared ?? []) as readonly string[] };
}

function isSame(
  key: string,
  left: SettingValues[string] | undefined,
  right: SettingValues[string] | undefined,
): boolean {
  if (left === undefined || right === undefined) return left === right;
  return JSON.stringify(normaliseSettingValue(key, left)) === JSON.stringify(normaliseSettingValue(key, right));
}

async function deliverFiles(step: PlaceStep, tools: TargetTools, seen: JsonObject | null): Promise<void> {
  const { files, removed } = filesOf(step);
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
  /** As the plan has it: what is secret is masked there. */
  readonly seen: string | undefined;
  readonly wanted: string | undefined;
}

/** What someone changed after the plan was made is not overwritten unseen. */
function refuseForeign(path: string, { present, seen, wanted }: FileStates): void {
  const shown = present === undefined ? undefined : maskSecrets(present);
  if (shown === seen || present === wanted) return;
  throw new OperationalError("delivery_changed", `${path} was changed since this was planned. Plan again.`, {
    next: "stop",
  });
}

function filesOf({ id, set }: PlaceStep) {
  if (set === null) throw new Error(`step ${id} has nothing to set`);
  return {
    files: (set.files ?? {}) as Readonly<Record<string, string>>,
    removed: (set.removed ?? []) as readonly string[],
  };
}

async function writeRow(step: PlaceStep, tools: TargetTools, displaced: readonly AttributesRow[]): Promise<void> {
  const { reader, writer } = requireFlyteadmin(step, tools);
  const row = rowOf(step);
  if (step.op !== "delete") return writer.putRow(row);
  if (isWide(step)) {
    // An earlier try may have deleted already: then nothing is taken away once more.
    const rows = await reader.listRows(row.kind);
    await putBack(step, tools, displaced, rows);
    if (!rows.some((live) => identify(live) === identify(row))) return;
    refuseNewcomers(step, rows, displaced);
  }
  const cause = await deleteRow(step, tools);
  if (displaced.length > 0) await putBack(step, tools, displaced, null);
  if (cause !== null) throw cause;
}

/** What someone wrote below after the rows there were written down would be lost. */
function refuseNewcomers(step: PlaceStep, rows: readonly AttributesRow[], displaced: readonly AttributesRow[]): void {
  const { scope } = rowOf(step);
  const known = new Map(displaced.map((row) => [identify(row), row.value]));
  const other = rows.find((row) => goesAlong(row, scope) && isWritable(row) && known.get(identify(row)) !== row.value);
  if (other === undefined) return;
  const message = `${formatAttributesScope(other.scope)} was written while the delete at ${step.physical_name}, which takes it along, was under way. Plan again.`;
  throw new OperationalError("rows_changed", message, { next: "stop" });
}

/** The error of a delete that may have been carried out all the same: what it took along has to come back first. */
async function deleteRow(step: PlaceStep, tools: TargetTools): Promise<OperationalError | null> {
  const { kind, scope } = rowOf(step);
  try {
    await requireFlyteadmin(step, tools).writer.deleteRow(kind, scope);
    return null;
  } catch (error) {
    if (error instanceof OperationalError && error.outcomeUnknown) return error;
    throw error;
  }
}

/** Writes back what is missing. `known`: the rows that are there, where they were read already. */
async function putBack(
  step: PlaceStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
  known: readonly AttributesRow[] | null,
): Promise<void> {
  const { reader, writer } = requireFlyteadmin(step, tools);
  try {
    const there = new Set((known ?? (await reader.listRows(rowOf(step).kind))).map(identify));
    const limit = pLimit(ROWS_AT_ONCE);
    const lost = displaced.filter((row) => !there.has(identify(row)));
    const results = await Promise.allSettled(lost.map((row) => limit(() => writer.putRow(row))));
    for (const result of results) if (result.status === "rejected") throw result.reason;
  } catch (error) {
    throw error instanceof OperationalError ? stillMissing(step, error) : error;
  }
}

/** The delete is done, its rest is not: so its journal entry stays open, and the next run puts back what is missing. */
function stillMissing({ physical_name }: PlaceStep, cause: OperationalError): OperationalError {
  const { code, next, retryAfterMs } = cause;
  const message = `What the delete at ${physical_name} took along is not all back: ${cause.message} It is written down; the next apply writes it back first.`;
  return new OperationalError(code, message, { next, retryAfterMs, outcomeUnknown: true, cause });
}

async function isRowSettled(
  step: PlaceStep,
  tools: TargetTools,
  displaced: readonly AttributesRow[],
): Promise<boolean> {
  const row = rowOf(step);
  const rows = await requireFlyteadmin(step, tools).reader.listRows(row.kind);
  const found = new Map(rows.map((live) => [identify(live), live.value]));
  if (step.op !== "delete") return found.get(identify(row)) === row.value;
  return !found.has(identify(row)) && displaced.every((lost) => found.has(identify(lost)));
}

function identify({ scope, launch_plan }: AttributesRow): string {
  return JSON.stringify([formatAttributesScope(scope), launch_plan]);
}

function rowOf(step: PlaceStep): AttributesRow {
  const kind = attributesKindOf(step);
  if (kind === null) throw new Error(`step ${step.id} is on no row of flyteadmin`);
  const value = step.set?.clusterPoolName ?? step.set?.value ?? "";
  return { kind, scope: parseAttributesScope(step.physical_name), launch_plan: null, value: String(value) };
}

function attributesKindOf({ kind }: Step): AttributesKind | null {
  return ATTRIBUTES_KINDS.find((known) => known === kind) ?? null;
}

function requireFlyteadmin(step: PlaceStep, { flyteadmin }: TargetTools) {
  if (flyteadmin === null) throw notNamed(step, "flyteadmin", "--flyteadmin-endpoint");
  return flyteadmin;
}

function requireDelivery(step: PlaceStep, { delivery }: TargetTools) {
  if (delivery === null) throw notNamed(step, "a place for the files", "--deliver");
  return delivery;
}

function notNamed({ id }: Step, what: string, flag: string): OperationalError {
  return new OperationalError("system_missing", `Step ${id} needs ${what}. Name it with ${flag}.`, { next: "stop" });
}
