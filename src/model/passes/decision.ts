import { showInLine } from "../text/show-text.ts";

/** A user's decision, as the store recorded it. `seq` alone orders decisions: no clock does. */
export interface Decision {
  readonly target: string;
  /** Its place in the order in which the store recorded the decisions of the target, from 1. */
  readonly seq: number;
  /** The id of the approval that it gave, or of the comment with its request and its time; recorded once. */
  readonly id: string;
  readonly kind: "approve" | "reject";
  /** The request on which it was given, as `nameRequest` names it; null: by the page, the API or the CLI, on what the branch has. */
  readonly request: string | null;
  /** The request's newest commit then; null: it was not given on a request. */
  readonly head: string | null;
  /** The plan that it names or that stood then; null: there was none. */
  readonly digest: string | null;
  /** The revision of the branch that it is about; null: it was given on an open request, so that the branch has nothing of it. */
  readonly revision: string | null;
  /** Effects of the plan as `listEffects` names them: all that a rejection is about; of an approval those that were rejected before. */
  readonly effects: readonly string[];
  /** The rejections that an approval takes back as a whole, by `seq`: its giver was shown them. {@link isOfOrderByTime}: all before it. */
  readonly lifts: readonly number[];
  readonly by: string;
  /** As an approval's. */
  readonly via: string;
  /** By the store's clock; for people alone. */
  readonly at: string;
  /** Why something is rejected, in its giver's words; null: none were given, as for an approval, or an older release kept none. */
  readonly reason: string | null;
}

/** Sets a mark of a clear value apart from one of a sealed value, before the hash of an effect. */
export const CLEAR_MARK = "~";
export const SEALED_MARK = "!";

/**
 * The effect by which a plan is recognised that may do what an effect of a rejection says. It is the same one, but for marks of places: the
 * hash of a value that was rejected in clear says nothing of the same value once it is sealed, nor the other way round. So every value set
 * where the rejected one was has to count as the rejected one.
 */
export function findCounterpart(effect: string): string {
  const mark = effect.at(effect.lastIndexOf(" ") + 1);
  if (mark !== CLEAR_MARK && mark !== SEALED_MARK) return effect;
  return effect.replace(` ${mark}`, ` ${mark === CLEAR_MARK ? SEALED_MARK : CLEAR_MARK}`);
}

/** Stands in `lifts` where no number can: the store's migration put it there, and decisions are numbered from 1. */
const ORDERED_BY_TIME = 0;

/** Whether a decision is from a release that had no numbers: it knew of those before it by their times alone, and an approval took all of them back. */
export function isOfOrderByTime({ lifts }: Pick<Decision, "lifts">): boolean {
  return lifts.includes(ORDERED_BY_TIME);
}

/** A decision that is to be recorded. */
export type GivenDecision = Omit<Decision, "seq" | "reason"> & Partial<Pick<Decision, "reason">>;

/** Of words that a sentence repeats, in characters. */
const MOST_OF_REASON = 500;

/** Who decided, with the reason that was given: `alex (incident 42)`. What no eye sees stands there as an escape. */
export function nameGiver({ by, reason = null }: { readonly by: string; readonly reason?: string | null }): string {
  return reason === null ? by : `${by} (${showInLine(reason.trim().slice(0, MOST_OF_REASON).toWellFormed())})`;
}

/** A decision on a request that is to be recorded. `knows`: of an approval the newest rejection that its giver could know of. */
export type NotedDecision = GivenDecision & { readonly knows?: number };

/** What the decision of an approval says beside the approval itself. */
export interface ApprovalMark {
  readonly effects: readonly string[];
  readonly lifts: readonly number[];
  /** The newest rejection that its giver could know of; a newer one refuses the approval. */
  readonly known: number;
}
