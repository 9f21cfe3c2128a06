import { formatAddress } from "../model/address.ts";
import type { DesiredFlyteClusters, TextFile } from "../model/desired.ts";
import type { JsonObject, Notice } from "../model/plan.ts";
import { isObject } from "./compare-fields.ts";
import { fact } from "./draft.ts";
import { NO_PLACEMENTS, type Placement, type Placements, sortLeftovers } from "./placement.ts";
import type { PlanInput } from "./plan-input.ts";

/** Compares the files that are rendered for Flyte's clusters with those that were delivered. */
export function placeFlyteClusters(input: PlanInput): Placements {
  const { desired, live } = input;
  if (live.systems.delivery !== "read") {
    return { ...NO_PLACEMENTS, notices: desired.flyte_clusters.map(noteUndelivered) };
  }
  const delivered = new Map(live.delivered.map(({ name, files }) => [name, files]));
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
    set: { files: {}, removed: isObject(fields.files) ? Object.keys(fields.files) : [] },
  }));
  const wanted = desired.flyte_clusters.map((object) => placeFiles(object, delivered.get(object.name) ?? []));
  return { ...leftovers, wanted };
}

function placeFiles(desired: DesiredFlyteClusters, live: readonly TextFile[]): Placement {
  const files = filesByPath(desired.files);
  const removed = live.map(({ path }) => path).filter((path) => !(path in files));
  return {
    kind: "flyte_clusters",
    address: desired.address,
    name: desired.name,
    desired,
    before: live.length === 0 ? null : { files: filesByPath(live) },
    after: { files },
    set: { files, removed },
    gives: desired.value.label_cluster_map.map(({ label }) => fact.label(label)),
  };
}

function filesByPath(files: readonly TextFile[]): JsonObject {
  const entries = files.map(({ path, text }) => [path, text] as const);
  return Object.fromEntries(entries.sort(([left], [right]) => (left < right ? -1 : 1)));
}

function noteUndelivered({ address, files }: DesiredFlyteClusters): Notice {
  const message = `${address} is checked and counts for routing, but its ${files.length} files go nowhere: name the folder or repository for them with --deliver.`;
  return { code: "not-delivered", message, addresses: [address] };
}
