import type { NamedKind } from "../../kinds/registry.ts";

/** The name in the control plane of what a manifest names; the same name where no registration is known. */
export type NameOf = (kind: NamedKind, name: string) => string;

/** Names are what manifests say. */
export const SAME_NAME: NameOf = (_kind, name) => name;
