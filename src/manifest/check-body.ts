import type { Kind } from "../model/address.ts";
import type { ClusterManifest, Manifest, PoolManifest, QueueManifest } from "../model/manifest.ts";
import { compileSchema, type SchemaError } from "../yaml/compile-schema.ts";
import { MANIFEST_SCHEMAS } from "./manifest-schemas.ts";

const CHECKS = {
  cluster_pool: compileSchema(MANIFEST_SCHEMAS.cluster_pool),
  cluster: compileSchema(MANIFEST_SCHEMAS.cluster),
  queue: compileSchema(MANIFEST_SCHEMAS.queue),
} as const;

/** A document's body by its kind, or the ways in which it breaks its kind's schema. */
export type CheckedBody =
  | { readonly valid: true; readonly manifest: Manifest }
  | { readonly valid: false; readonly errors: readonly SchemaError[] };

/** Checks a document against the schema of its kind; what passes has the types that the schema promises. */
export function checkBody(kind: Kind, body: object, place: Pick<Manifest, "source" | "locate">): CheckedBody {
  const errors = CHECKS[kind](body);
  if (errors.length > 0) return { valid: false, errors };
  const { source, locate } = place;
  // The schema has just vouched for the body's type: this is the one place where it is trusted.
  switch (kind) {
    case "cluster_pool":
      return { valid: true, manifest: { kind, body: body as PoolManifest["body"], source, locate } };
    case "cluster":
      return { valid: true, manifest: { kind, body: body as ClusterManifest["body"], source, locate } };
    case "queue":
      return { valid: true, manifest: { kind, body: body as QueueManifest["body"], source, locate } };
  }
}
