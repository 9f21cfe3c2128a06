import { readBucket } from "../../model/objects/bucket.ts";
import type { PoolManifest } from "../../model/objects/manifest.ts";
import { quoteText } from "../../model/secrets/quote-text.ts";
import { formatOther, type Report } from "./collect-findings.ts";
import type { FolderIndex } from "./folder-index.ts";
import { isDoubtful } from "./is-doubtful.ts";

/** Two pools must not share a metadata bucket; prefixes within it do not set them apart. */
export function checkBuckets(index: FolderIndex, report: Report): void {
  const holders = new Map<string, PoolManifest>();
  for (const pool of index.pools.values()) {
    const { uri, endpoint } = pool.body.config?.object_store_ref ?? {};
    if (uri === undefined) continue;
    const bucket = readBucket(uri, endpoint ?? "");
    if (!bucket.hasScheme) reportScheme(pool, uri, report);
    if (isDoubtful(pool, ENDPOINT_PATH)) continue;
    const holder = holders.get(bucket.store);
    if (holder === undefined) holders.set(bucket.store, pool);
    else reportShared(pool, holder, report);
  }
}

const ENDPOINT_PATH = ["config", "object_store_ref", "endpoint"];
const URI_PATH = ["config", "object_store_ref", "uri"];

function reportShared(pool: PoolManifest, holder: PoolManifest, report: Report): void {
  const describe = () => ({
    summary: `Pool "${pool.body.name}" shares its metadata bucket with ${formatOther(holder)}`,
  });
  report("shared-bucket", { manifest: pool, path: URI_PATH, describe });
}

function reportScheme(pool: PoolManifest, uri: string, report: Report): void {
  const describe = () => ({
    summary: `The bucket's address ${quoteText(uri)} has no scheme`,
  });
  report("bucket-without-scheme", { manifest: pool, path: URI_PATH, describe });
}
