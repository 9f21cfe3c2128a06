import { type Address, parseAddress } from "../model/address.ts";
import { OperationalError } from "../model/operational-error.ts";
import type { PlanOptions } from "../model/plan.ts";
import { CHECK_NAMES } from "../plan/finding.ts";

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
  if (flags.prune === "owned" && flags.store === undefined) {
    throw usage("--prune owned needs --store DIR|URL: without a store nothing tells what is owned.");
  }
  const unknown = (flags.allow ?? []).filter((name) => !CHECK_NAMES.some((known) => known === name));
  if (unknown.length > 0) throw usage(`--allow ${unknown[0]}: no such check. Checks are ${CHECK_NAMES.join(", ")}.`);
  return {
    prune: flags.prune ?? (flags.store === undefined ? "none" : "owned"),
    on_pool_change: flags.onPoolChange ?? "auto",
    target: readAddresses("--target", flags.target),
    exclude: readAddresses("--exclude", flags.exclude),
    replace: readAddresses("--replace", flags.replace),
    allow: [...new Set(flags.allow ?? [])].sort(),
  };
}

/** The flags that a saved plan has settled already, as given; empty when none was. */
export function shapingFlags(flags: PlanFlags): readonly string[] {
  const names = ["prune", "target", "exclude", "replace", "onPoolChange", "allow"] as const;
  return names
    .filter((name) => flags[name] !== undefined && flags[name]?.length !== 0)
    .map((name) => (name === "onPoolChange" ? "--on-pool-change" : `--${name}`));
}

/** A wrong use of the command line. */
export function usage(message: string): OperationalError {
  return new OperationalError("usage", message, { next: "stop" });
}

function readAddresses(flag: string, texts: readonly string[] | undefined): readonly Address[] {
  return (texts ?? []).map((text) => {
    if (parseAddress(text) === undefined) {
      throw usage(`${flag} ${text}: not an address. Write cluster_pool.NAME, cluster.NAME or queue.NAME.`);
    }
    return text as Address;
  });
}
