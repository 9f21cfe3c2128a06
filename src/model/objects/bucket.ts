import { dropTrailing } from "../text/drop-trailing.ts";

/** A metadata bucket in comparable form. */
export interface Bucket {
  /** Endpoint, scheme and bucket: one physical bucket, in one spelling of its address. No two pools may have the same. */
  readonly store: string;
  /** Prefix within it, `/a/b/`; `/` for the whole bucket. It does not set two pools apart; clusters of one pool must agree on it. */
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
