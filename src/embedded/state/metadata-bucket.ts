import type { ObjectStoreRef } from "../../model/objects/spec.ts";

/**
 * The bucket of an object store reference, without its path: `s3://acme-prod/prefix` and `s3://acme-prod` share one.
 * Buckets of different endpoints are different buckets.
 */
export function metadataBucket(ref: ObjectStoreRef): string {
  const bucket = /^[^:/]+:\/\/[^/?#]*/.exec(ref.uri)?.[0] ?? ref.uri;
  return `${bucket} ${ref.endpoint}`;
}
