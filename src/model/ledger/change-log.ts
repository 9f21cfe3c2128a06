import type { Kind } from "../../kinds/registry.ts";
import { type Address, formatAddress, parseAddress } from "../address.ts";
import type { JsonObject } from "../json/json.ts";
import type { Origin } from "../plan/plan.ts";
import type { Op } from "../plan/step.ts";

/**
 * Who or what decided a write. `approval`: a user approved the plan; `auto_apply`: the policy allows changes of this grade; `drift`: drift
 * is reverted (`drift.action: revert`); `command`: a user ran `apply`.
 */
export type DecidedBy = "approval" | "auto_apply" | "drift" | "command";

/** Who or what decided about the change of one address. */
export interface DecisionMade {
  readonly decided_by: DecidedBy;
  /** Who approved it or ran the command; `poolkeeper` where configuration decided. */
  readonly by: string;
  /** The approval's id; null: it ran under none. */
  readonly approval: string | null;
  /** Names of checks and holds that were overridden for it, once. */
  readonly overrides: readonly string[];
}

/** Why a run writes: what it applies, and who or what decided that. */
export interface Cause {
  /** The daemon's target; null: it was a command, or a caller of the library. */
  readonly target: string | null;
  readonly via: "daemon" | "cli" | "library";
  /** The digest of the whole plan, as people were shown it. */
  readonly digest: string;
  /** The rules by which the plan's values are sealed, as `noteSealing` names them. */
  readonly sealed_by: string;
  readonly decide: (address: Address) => DecisionMade;
}

/** What a write is to change, and why: kept with its intent, and in the change log once it took effect. */
export interface IntendedChange extends DecisionMade, Pick<Cause, "target" | "via" | "digest" | "sealed_by"> {
  /** The kind of the object that is written to: the change of a cluster may have to write to queues. */
  readonly kind: Kind;
  /** What the fields that are written had before, under their names in manifests; null: the object was not there, or it is not known. */
  readonly before: JsonObject | null;
  /** The fields that are written; null: the object is deleted. */
  readonly after: JsonObject | null;
  readonly origin: Origin;
  /** The commit, where the manifests came from one. */
  readonly revision: string | null;
}

/**
 * How an entry came to be. `confirmed`: the control plane confirmed it; `found`: no answer came, and a read showed it; `unanswered`: no
 * answer came, and no read has shown whether it was applied.
 */
export type ChangeResult = "confirmed" | "found" | "unanswered";

/** One write of the change log. */
export interface ChangeEntry extends Omit<IntendedChange, "sealed_by"> {
  /** Its place in the log of its control plane: greater than that of every entry that was there before. */
  readonly seq: number;
  /** When it was sent, ISO 8601 in UTC, by the store's clock; by that of the machine that wrote in what an older release wrote. */
  readonly at: string;
  /** The apply: of a daemon the id of its pass. */
  readonly run_id: string;
  readonly step_id: string;
  /** The change that it was a step of. */
  readonly address: Address;
  /** The name of the object that was written to. */
  readonly physical_name: string;
  readonly op: Op;
  /** The flyteadmin or the place of delivery where it stands; null: the control plane itself, or unknown. */
  readonly place: string | null;
  readonly result: ChangeResult;
  /** Its values were sealed by fewer rules than count now: they are not shown until the next pass has sealed them. */
  readonly withheld?: true;
  /** It had no response, and its values are left out: a later try of the same write has them. */
  readonly left_out?: true;
  /** How many bytes its values take, where those are more than {@link MOST_VALUES}: they are not read. */
  readonly too_large?: number;
}

/**
 * The bytes of values that are read of the change log in one go. How long they are is up to manifests and control planes: a page of entries ends
 * there, with one entry at least.
 */
export const MOST_VALUES = 4_000_000;

/** Which entries of the change log are read. */
export interface ChangeQuery {
  /** The operator's patterns of what is sensitive now. */
  readonly patterns: readonly string[];
  /** Entries of this target and of commands; left out: of every target of the control plane. */
  readonly target?: string;
  /** Beside them those of targets of these names, which it had before; left out: it had none. */
  readonly former?: readonly string[];
  /** Only what was written to this object, and for its sake to others: by its name in manifests or in the control plane, as {@link followNames} says. */
  readonly address?: Address;
  /** Only what was written to this flyteadmin or place of delivery. */
  readonly place?: string;
  /** Only what is at the target's current places, or at an unknown one: what is at a former one is another object. */
  readonly here?: true;
  /** Only entries with a greater number. */
  readonly after?: number;
  /** Only entries with a smaller number. */
  readonly before?: number;
  /** At most so many. It may be fewer though there are more, because of {@link MOST_VALUES}: only where none comes is it the end. */
  readonly limit: number;
  /** Instead of {@link MOST_VALUES}, less than that. */
  readonly bytes?: number;
  readonly order: "oldest" | "newest";
}

/** What one run wrote under one decision. */
export interface RunWrites
  extends DecisionMade,
    Pick<ChangeEntry, "run_id" | "target" | "via" | "digest" | "revision"> {
  /** When it was written last, ISO 8601 in UTC. */
  readonly at: string;
  /** The numbers of its first and last entry. */
  readonly first_seq: number;
  readonly last_seq: number;
  /** How many writes. */
  readonly writes: number;
  /** What was written to, by the names in the control plane: of the first writes, at most {@link MOST_WRITTEN}. */
  readonly objects: readonly Address[];
}

/** Writes of a run whose objects are named. */
export const MOST_WRITTEN = 20;

/** Which runs are read, those that wrote last first. */
export interface RunsQuery {
  /** Of this target and of commands; left out: of every target of the control plane. */
  readonly target?: string;
  readonly limit: number;
}

/** The object that was written to, by its name in the control plane. */
export function nameObject({ kind, physical_name }: Pick<ChangeEntry, "kind" | "physical_name">): Address {
  return formatAddress(kind, physical_name);
}

/** An address, and a name in the control plane under which something was written for it. */
export type NamePair = Pick<ChangeEntry, "address" | "kind" | "physical_name">;

/**
 * All names of an object, its own first: a manifest that is renamed is another address for the same registration, and a replacement
 * another registration for the same address. What was written to objects of another kind for its sake names it not.
 */
export function followNames(address: Address, pairs: readonly NamePair[]): ReadonlySet<Address> {
  const own = pairs.filter((pair) => parseAddress(pair.address)?.kind === pair.kind);
  const names = new Set([address]);
  let known = 0;
  while (known < names.size) {
    known = names.size;
    for (const pair of own) {
      const registered = nameObject(pair);
      if (names.has(pair.address) || names.has(registered)) names.add(pair.address).add(registered);
    }
  }
  return names;
}
