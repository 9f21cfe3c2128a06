import { KIND_DEFINITIONS } from "../../kinds/registry.ts";
import { formatAddress } from "../../model/address.ts";
import { listAppliedFiles } from "../../model/ledger/applied-files.ts";
import type { OwnedObject } from "../../model/ledger/ledger.ts";
import { formatAttributesScope } from "../../model/objects/attributes.ts";
import type { DesiredFlyteClusters, TextFile } from "../../model/objects/desired.ts";
import { listServedLabels } from "../../model/objects/list-served-labels.ts";
import type { DeliveredFiles } from "../../model/objects/live.ts";
import { leaveAt } from "../../model/plan/field-origins.ts";
import type { Notice } from "../../model/plan/plan.ts";
import { type Fact, fact } from "../draft/draft-step.ts";
import { isObject } from "../fields/compare-fields.ts";
import type { FormerRecords } from "../fields/recorded-manifest.ts";
import type { PlanInput } from "../input/plan-input.ts";
import { NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";

/**
 * Compares the files that are rendered for Flyte's clusters with those that were delivered. What uses a label that is new waits for
 * the files; the files that drop a label wait for what leaves it. Where it is unknown what was delivered, every label counts as new.
 * Files are identified by their paths: of an object that another one is put in place of nothing is left, and nothing is forgotten before that.
 */
export function compareFlyteClusters(input: PlanInput, former: FormerRecords): Placements {
  const { desired, live } = input;
  if (live.systems.delivery !== "read") {
    return { ...NO_PLACEMENTS, notices: desired.flyte_clusters.map(noteUndelivered) };
  }
  const delivered = new Map(live.delivered.map(({ name, files }) => [name, files]));
  const byPath = new Map(live.delivered.flatMap(({ files }) => files.map((file) => [file.path, file])));
  const listLive = ({ name, files }: DesiredFlyteClusters) => [
    ...new Set([...(delivered.get(name) ?? []), ...files.flatMap(({ path }) => byPath.get(path) ?? [])]),
  ];
  const declared = new Set(desired.flyte_clusters.map(({ name }) => name));
  const places = live.delivered
    .filter(({ files }) => files.length > 0)
    .map(({ name, files }) => ({ name, fields: { files: filesByPath(files) } }));
  const leftovers = sortLeftovers("flyte_clusters", input, places, declared, ({ name, fields }) => ({
    kind: "flyte_clusters",
    address: formatAddress("flyte_clusters", name),
    name,
    desired: null,
    before: fields,
    after: null,
    write: {
      kind: "flyte_clusters",
      op: "delete",
      set: { files: {}, removed: isObject(fields.files) ? Object.keys(fields.files) : [] },
    },
    needs: listRows(input, input.delivered_labels?.get(name) ?? []),
  }));
  const wanted = desired.flyte_clusters.map((object) => ({
    ...placeFiles(object, listLive(object)),
    ...writeOver(object, listLive(object), former),
    ...orderLabels(object, input),
    ...followRecords(object, former),
    ...keepLeft(object, live.delivered),
  }));
  return { ...leftovers, wanted, forgotten: leftovers.forgotten.filter((record) => !former.heirOf.has(record)) };
}

function followRecords(
  object: DesiredFlyteClusters,
  { of, holdersOf, displaced }: FormerRecords,
): Required<Pick<Placement, "formerly" | "takes" | "displaces">> {
  const takes = (of.get(object.address) ?? []).filter(({ address }) => address !== object.address);
  const formerly = [...new Set([...holdersOf(object), ...takes])];
  return { formerly, takes, displaces: takes.filter((record) => displaced.has(record)) };
}

/** What stands at its paths is another object's, unless that is the same one under another name. */
function writeOver(
  object: DesiredFlyteClusters,
  live: readonly TextFile[],
  { of, holdersOf, displaced }: FormerRecords,
): Pick<Placement, "own"> {
  const same = (of.get(object.address) ?? []).filter((record) => !displaced.has(record));
  const others = holdersOf(object).filter((record) => !same.includes(record));
  const listFiles = (records: readonly OwnedObject[]) =>
    new Set(records.flatMap(({ applied }) => listAppliedFiles(applied)));
  const held = listFiles(others).difference(listFiles(same));
  const own = live.filter(({ path }) => !held.has(path));
  return own.length === live.length ? {} : { own: { files: filesByPath(own) } };
}

function orderLabels({ name, value }: DesiredFlyteClusters, input: PlanInput): Pick<Placement, "needs" | "gives"> {
  const before = input.delivered_labels?.get(name) ?? [];
  const after = listServedLabels(value);
  const [former, next] = [new Set(before), new Set(after)];
  const dropped = before.filter((label) => !next.has(label));
  const brought = after.filter((label) => !former.has(label));
  return { needs: listRows(input, dropped), gives: brought.map(fact.label) };
}

/** Facts that those rows give which leave one of the labels; the others give none. */
function listRows({ live }: PlanInput, labels: readonly string[]): readonly Fact[] {
  if (labels.length === 0) return [];
  const wanted = new Set(labels);
  return live.flyteadmin.rows
    .filter(({ kind, value }) => KIND_DEFINITIONS[kind].refersTo === "label" && wanted.has(value))
    .map(({ scope, value }) => fact.unlabelled(value, formatAttributesScope(scope)));
}

function placeFiles(desired: DesiredFlyteClusters, live: readonly TextFile[]): Placement {
  const present = filesByPath(live);
  const { files } = leaveAt({ files: filesByPath(desired.files) }, { files: present }, desired.lifecycle.left);
  const removed = live.map(({ path }) => path).filter((path) => !(path in files));
  return {
    address: desired.address,
    name: desired.name,
    desired,
    before: live.length === 0 ? null : { files: present },
    after: { files },
    write: { kind: "flyte_clusters", op: live.length === 0 ? "create" : "update", set: { files, removed } },
  };
}

/** What it leaves to another object is its own on record until that one has written there: no list has it, should that not happen. */
function keepLeft(
  { name, files }: DesiredFlyteClusters,
  delivered: readonly DeliveredFiles[],
): Pick<Placement, "applied"> {
  const { left = [] } = delivered.find((one) => one.name === name) ?? {};
  return left.length === 0 ? {} : { applied: { files: filesByPath([...files, ...left]) } };
}

function filesByPath(files: readonly TextFile[]): Readonly<Record<string, string>> {
  const entries = files.map(({ path, text }) => [path, text] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function noteUndelivered({ address, files }: DesiredFlyteClusters): Notice {
  const message = `${address} is checked and used for routing, but its ${files.length} files are not delivered: pass a folder or repository for them with --deliver.`;
  return { code: "not-delivered", message, addresses: [address] };
}
