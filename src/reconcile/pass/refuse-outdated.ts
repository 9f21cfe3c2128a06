import type { KeptState } from "../../model/daemon/daemon-records.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { TargetPlace } from "../name-target-place.ts";
import { showState } from "./find-here.ts";

/** What was on record when a pass began, as far as it shows whether another pass was made since. */
export interface Basis {
  /** The id of the pass itself. */
  readonly own: string;
  /** The id of the last pass; null: there was none. */
  readonly last: string | null;
  /** The id of the last pass that announced writes; null: nothing was begun. */
  readonly begun: string | null;
}

/** What a pass with that id begins with. */
export function findBasis(kept: KeptState | null, config: TargetPlace, own: string): Basis {
  const state = kept === null ? null : showState(kept, config);
  return { own, last: state?.last_pass?.id ?? null, begun: state?.begun?.run ?? null };
}

/**
 * Throws an OperationalError `pass_outdated` where another process has made a pass since this one began, or has announced writes: a process that was
 * suspended in the meantime must neither apply what it fetched before nor record what it knew then.
 */
export function refuseOutdated(
  kept: KeptState | null,
  config: TargetPlace & { readonly name: string },
  basis: Basis,
): void {
  const now = findBasis(kept, config, basis.own);
  const isOwn = now.begun === basis.own;
  // What this pass itself has announced, at a place where no pass was made before, has none.
  const isLast = now.last === basis.last || (isOwn && now.last === null);
  if (isLast && (isOwn || now.begun === basis.begun)) return;
  const message = `Another process has made a pass over ${config.name} since this one began, or is making one: this one writes nothing more, and what it found is not recorded.`;
  throw new OperationalError("pass_outdated", message, { next: "stop" });
}
