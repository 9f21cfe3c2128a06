import { KINDS, type Kind } from "../kinds/registry.ts";

/**
 * `KIND.NAME` by logical name (the manifest's own), for example `cluster.prod-us-east-1`. The name of what holds in a scope is
 * the scope: `settings.ORG[/DOMAIN[/PROJECT]]`, `execution_cluster_label.PROJECT[/DOMAIN[/WORKFLOW]]`.
 */
export type Address = `${Kind}.${string}`;

/** The address of an object by its kind and logical name. */
export function formatAddress(kind: Kind, name: string): Address {
  return `${kind}.${name}`;
}

/**
 * Reads `KIND.NAME`. Returns undefined for anything that is not an address of a known kind with a non-empty name.
 */
export function parseAddress(text: string): { readonly kind: Kind; readonly name: string } | undefined {
  const dot = text.indexOf(".");
  const kind = KINDS.find((known) => known === text.slice(0, dot));
  const name = text.slice(dot + 1);
  return kind !== undefined && name !== "" ? { kind, name } : undefined;
}

/**
 * The rule for names, set by the API for queues and applied to all kinds: lower-case letters, digits and inner hyphens, at most 63
 * characters.
 */
export const NAME_PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
/** The longest name the control plane takes, in characters. */
export const NAME_MAX_LENGTH = 63;
