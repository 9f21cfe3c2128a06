import type { Address } from "../address.ts";

/**
 * By which rules a plan was sealed: what a release, the operator and manifests call sensitive. All lists are sorted. Paths of what was sealed
 * when it was applied are left out: they were sensitive by these rules, or by their form.
 */
export interface Sealing {
  /** The version of the release's own rules. */
  readonly rules: number;
  /** The operator's patterns. */
  readonly patterns: readonly string[];
  readonly own: OwnNames;
}

/**
 * What manifests call sensitive: their patterns, and behind a `=` the paths at which they have references. By subject: the address of settings, and
 * `flyte_clusters` for all of Flyte's files together.
 */
export type OwnNames = Readonly<Record<string, readonly string[]>>;

/** The rules by which all that is kept of a target has to be sealed. */
export interface RequiredSealing {
  readonly sealing: Sealing;
  /** Whether these are all rules that count. Else manifests say more, which are not known yet, and what they said before still counts. */
  readonly isWhole: boolean;
}

/** The values in files of an object each that are sensitive by rules and stand there in clear. */
export type RevealFiles = (
  files: readonly { readonly address: Address; readonly path: string; readonly text: string }[],
  sealing: Sealing,
) => Promise<readonly string[]>;

/** The same for what is kept of a target, with what finds values that are known in clear. */
export interface KeptSealing extends RequiredSealing {
  readonly reveal: RevealFiles;
}
