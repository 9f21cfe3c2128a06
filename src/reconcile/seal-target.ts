import type { Declared, Desired } from "../model/objects/desired.ts";
import { type BorderSources, openBorder } from "../sealing/open-border.ts";
import { sealDesired } from "../sealing/seal-desired.ts";
import type { OpenTarget, Target } from "./target.ts";

/** What manifests want, and the systems of a target, with what is sensitive sealed by one vault: so that both can be compared. */
export interface SealedTarget {
  readonly desired: Desired;
  readonly target: Target;
}

/** How a target is sealed. `base`: other manifests whose `sensitive` counts too; default: none. */
export interface SealingOptions extends Omit<BorderSources, "desired"> {
  readonly desired: Declared;
  readonly base?: readonly Declared[];
}

/** Seals what manifests want and opens the target's systems through the same vault. Nothing is sent. */
export function sealTarget(target: OpenTarget, { desired, base = [], ...sources }: SealingOptions): SealedTarget {
  const border = openBorder({ ...sources, desired: [desired, ...base] });
  return { desired: sealDesired(desired, border.vault), target: target.through(border) };
}
