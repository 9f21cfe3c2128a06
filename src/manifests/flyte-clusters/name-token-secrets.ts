import { createHash } from "node:crypto";
import type { FlyteClusters } from "../../model/objects/flyte-clusters.ts";
import { dropTrailing } from "../../model/text/drop-trailing.ts";

/** Longest name that leaves room for `-token` in 63 characters. */
const LONGEST = 57;

/**
 * A Kubernetes name (RFC 1123) for each cluster with credentials, by cluster id: the id itself where it is one, else what is left of it. Where
 * two would be the same, those that were altered get 6 hex digits of their id's SHA-256. Does not depend on the order.
 */
export function nameClusters({ cluster_configs }: FlyteClusters): ReadonlyMap<string, string> {
  const ids = [...new Set(cluster_configs.filter(({ in_cluster }) => !in_cluster).map(({ name }) => name))].sort();
  const wanted = ids.map((id) => ({ id, name: simplify(id) }));
  const counts = new Map<string, number>();
  for (const { name } of wanted) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set(wanted.filter(({ id, name }) => id === name).map(({ id }) => id));
  return new Map(
    wanted.map(({ id, name }) => {
      if (id === name || counts.get(name) === 1) return [id, name];
      const unique = makeUnique(name, id, taken);
      taken.add(unique);
      return [id, unique];
    }),
  );
}

/** Name of the Secret with a cluster's token, and of its file. */
export function nameTokenSecret(cluster: string): string {
  return `${cluster}-token`;
}

function simplify(id: string): string {
  const plain = id.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  // Trimmed last: a cut may leave a hyphen at the end.
  return dropTrailing(plain.replace(/^-+/, "").slice(0, LONGEST), "-") || "cluster";
}

function makeUnique(name: string, id: string, taken: ReadonlySet<string>): string {
  const digest = createHash("sha256").update(id).digest("hex");
  for (let digits = 6; digits <= digest.length; digits += 1) {
    const candidate = `${dropTrailing(name.slice(0, LONGEST - digits - 1), "-")}-${digest.slice(0, digits)}`;
    if (!taken.has(candidate)) return candidate;
  }
  throw new Error(`no name is free for cluster ${JSON.stringify(id)}`);
}
