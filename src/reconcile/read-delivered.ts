import { checkBody } from "../manifests/check-body.ts";
import { parseFlyteClusters } from "../manifests/flyte-clusters/parse-flyte-clusters.ts";
import { parseDocuments } from "../manifests/yaml/parse-documents.ts";
import { listServedLabels } from "../model/objects/list-served-labels.ts";
import type { LiveState } from "../model/objects/live.ts";
import type { LoadedFlyteClusters } from "../plan/routing/describe-label-map.ts";

/** What was delivered for one FlyteClusters object, read back from its values. */
export interface DeliveredClusters extends LoadedFlyteClusters {
  /** The object's name. */
  readonly name: string;
}

/** Reads the delivered values. Left out: objects without them, and those that were edited by hand. */
export function readDelivered({ delivered }: Pick<LiveState, "delivered">): readonly DeliveredClusters[] {
  return delivered.flatMap(({ name, files }) => {
    const values = files.find(({ path }) => path.endsWith("/values-override.yaml"));
    const value = values === undefined ? null : readValues(values.text, name, values.path);
    return value === null || values === undefined ? [] : [{ name, value, source: values.path }];
  });
}

/** The labels that lead to an enabled cluster by what was delivered, by the object's name, as the planner takes them. */
export function listDeliveredLabels(live: Pick<LiveState, "delivered">): ReadonlyMap<string, readonly string[]> {
  return new Map(readDelivered(live).map(({ name, value }) => [name, listServedLabels(value)]));
}

/** Null where nothing is known of the file. */
function readValues(text: string, name: string, path: string): LoadedFlyteClusters["value"] | null {
  const body = parseDocuments(text).documents[0]?.value;
  if (typeof body !== "object" || body === null) return null;
  const place = { source: { file: path, line: 1 }, written: null, address: null, name };
  const { manifest, errors } = checkBody({ kind: "flyte_clusters", body, doubtful: [], ...place });
  const isSound = errors.length === 0 && manifest.kind === "flyte_clusters" && manifest.doubts === undefined;
  return isSound ? parseFlyteClusters(manifest.body, name) : null;
}
