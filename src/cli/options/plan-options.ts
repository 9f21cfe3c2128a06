import { resolve } from "node:path";
import { type Address, parseAddress } from "../../model/address.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { PlanOptions } from "../../model/plan/plan.ts";
import { CHECK_NAMES } from "../../plan/compare/finding.ts";
import { describeLocation } from "../../store/database/describe-location.ts";

/** The flags that shape a plan, as the command line gives them. */
export interface PlanFlags {
  readonly prune?: "none" | "owned" | "all" | undefined;
  readonly store?: string | undefined;
  readonly target?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly replace?: readonly string[] | undefined;
  readonly onPoolChange?: "auto" | "move" | "replace" | undefined;
  readonly allow?: readonly string[] | undefined;
}

/** Reads the flags. Throws an OperationalError `usage` for a wrong one: it says which, and what would be right. */
export function readPlanOptions(flags: PlanFlags): PlanOptions {
  if (flags.prune === "owned" && flags.store === undefined) throw ownedWithoutStore();
  const unknown = (flags.allow ?? []).filter((name) => !CHECK_NAMES.some((known) => known === name));
  if (unknown.length > 0) throw usage(`--allow ${unknown[0]}: no such check. Checks are ${CHECK_NAMES.join(", ")}.`);
  return {
    prune: flags.prune ?? (flags.store === undefined ? "none" : "owned"),
    on_pool_change: flags.onPoolChange ?? "auto",
    target: readAddresses("--target", flags.target),
    exclude: readAddresses("--exclude", flags.exclude),
    replace: readAddresses("--replace", flags.replace),
    allow: [...new Set(flags.allow ?? [])].sort(),
    store: flags.store === undefined ? null : describeStore(flags.store),
  };
}

/** What no flags could have asked for together. Throws an OperationalError `usage` as {@link readPlanOptions} does. */
export function refuseImpossible({ prune, store }: PlanOptions): void {
  if (prune === "owned" && store === null) throw ownedWithoutStore();
}

function ownedWithoutStore(): OperationalError {
  return usage("--prune owned needs --store DIR|URL: ownership is kept in a store.");
}

/** The flags that a saved plan has settled already, as given; empty when none was. */
export function shapingFlags(flags: PlanFlags & { readonly scope?: readonly string[] | undefined }): readonly string[] {
  const names = ["prune", "target", "exclude", "replace", "onPoolChange", "allow", "scope"] as const;
  return names
    .filter((name) => flags[name] !== undefined && flags[name]?.length !== 0)
    .map((name) => (name === "onPoolChange" ? "--on-pool-change" : `--${name}`));
}

/** What stands for user, password and parameters of a saved store. */
export const HIDDEN = "***";

/** A store as it is saved in a plan: a folder in full, a URL without what may be secret in it. */
export function describeStore(store: string): string {
  if (!store.includes("://")) return resolve(store);
  const shown = describeLocation(store);
  return shown === store ? store : `${shown} (${HIDDEN})`;
}

/** A wrong use of the command line. */
export function usage(message: string): OperationalError {
  return new OperationalError("usage", message, { next: "stop" });
}

function readAddresses(flag: string, texts: readonly string[] | undefined): readonly Address[] {
  return (texts ?? []).map((text) => {
    if (parseAddress(text) === undefined) {
      throw usage(
        `${flag} ${text}: not an address. Write KIND.NAME, for example cluster.east, queue.batch or settings.acme/production.`,
      );
    }
    return text as Address;
  });
}
