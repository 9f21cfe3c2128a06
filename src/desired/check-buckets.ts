import { dropTrailing } from "../model/drop-trailing.ts";
import type { PoolManifest } from "../model/manifest.ts";
import { maskCredentials } from "../model/mask-credentials.ts";
import { formatOther, type Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** A metadata bucket in comparable form. */
export interface Bucket {
  /** Endpoint, scheme and bucket: one physical bucket, however its address is spelled. */
  readonly store: string;
  /** Prefix within it, `/a/b/`; `/` for the whole bucket. */
  readonly prefix: string;
  readonly hasScheme: boolean;
}

/**
 * Reads a bucket's address: scheme and host in lower case, empty path segments and the trailing slash left out. Buckets of one name
 * at different endpoints are different buckets.
 */
export function readBucket(uri: string, endpoint: string): Bucket {
  const [, scheme = "", rest = uri] = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/(.*)$/.exec(uri) ?? [];
  const [host = "", ...segments] = rest.split("/");
  const path = segments.filter((segment) => segment !== "");
  const store = `${dropTrailing(endpoint, "/").toLowerCase()} ${scheme.toLowerCase()}://${host.toLowerCase()}`;
  return { store, prefix: path.length === 0 ? "/" : `/${path.join("/")}/`, hasScheme: scheme !== "" };
}

interface Entry {
  readonly pool: PoolManifest;
  readonly bucket: Bucket;
}

/** Two pools must not share a metadata bucket: the same place or one inside the other is an error, a neighbour a warning. */
export function checkBuckets(index: FolderIndex, report: Report): void {
  const stores = new Map<string, Entry[]>();
  for (const pool of index.pools.values()) {
    const { uri, endpoint } = pool.body.config?.object_store_ref ?? {};
    if (uri === undefined) continue;
    const bucket = readBucket(uri, endpoint ?? "");
    if (!bucket.hasScheme) reportScheme(pool, uri, report);
    if (isDoubtful(pool, ENDPOINT_PATH)) continue;
    const entries = stores.get(bucket.store);
    if (entries === undefined) stores.set(bucket.store, [{ pool, bucket }]);
    else entries.push({ pool, bucket });
  }
  for (const entries of stores.values()) if (entries.length > 1) checkStore(entries, report);
}

/** By prefix, a place comes right before the places inside it, so one pass with the open outer place finds them all. */
function checkStore(entries: readonly Entry[], report: Report): void {
  const sorted = entries.toSorted((a, b) =>
    a.bucket.prefix < b.bucket.prefix ? -1 : a.bucket.prefix > b.bucket.prefix ? 1 : 0,
  );
  let outer: Entry | undefined;
  let neighbour: Entry | undefined;
  for (const entry of sorted) {
    if (outer !== undefined && entry.bucket.prefix.startsWith(outer.bucket.prefix)) reportShared(entry, outer, report);
    else {
      if (neighbour !== undefined) reportNeighbour(entry, neighbour, report);
      outer = entry;
    }
    neighbour = entry;
  }
}

const ENDPOINT_PATH = ["config", "object_store_ref", "endpoint"];
const URI_PATH = ["config", "object_store_ref", "uri"];

function reportShared({ pool, bucket }: Entry, other: Entry, report: Report): void {
  const how =
    bucket.prefix === other.bucket.prefix ? "shares its metadata bucket with" : "keeps its metadata inside that of";
  const describe = () => ({
    summary: `Pool "${pool.body.name}" ${how} ${formatOther(other.pool)}`,
  });
  report("shared-bucket", { manifest: pool, path: URI_PATH, describe });
}

function reportNeighbour({ pool }: Entry, other: Entry, report: Report): void {
  const describe = () => ({
    summary: `Pool "${pool.body.name}" uses another prefix of the bucket of ${formatOther(other.pool)}`,
  });
  report("shared-bucket-prefix", { manifest: pool, path: URI_PATH, describe });
}

function reportScheme(pool: PoolManifest, uri: string, report: Report): void {
  const describe = () => ({
    summary: `The bucket's address ${JSON.stringify(maskCredentials(uri).slice(0, 80))} has no scheme`,
  });
  report("bucket-without-scheme", { manifest: pool, path: URI_PATH, describe });
}
