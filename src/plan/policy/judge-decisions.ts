import { type Decision, findCounterpart, isOfOrderByTime } from "../../model/passes/decision.ts";

/** A plan for which it is asked whether it was rejected. */
export interface Judged {
  /** The request whose merge it is of, as `nameRequest` names it; null: it is of what the branch has. */
  readonly request: string | null;
  /** The request's newest commit; null: it is of none. */
  readonly head: string | null;
  /** Its digest; null or left out: it is not known yet. */
  readonly digest?: string | null;
  /** The revision of the branch that it is of; null or left out: it is of none. */
  readonly revision?: string | null;
  /** What it does that needs an approval, as `listEffects` names it. */
  readonly effects: readonly string[];
  /** The rejections, by `seq`, of which the branch has something that is not applied. */
  readonly present: ReadonlySet<number>;
}

/** A rejection that stands, with the effects of the judged plan that it is about; none: it is about the whole. */
export interface Standing {
  readonly decision: Decision;
  readonly effects: readonly string[];
}

/**
 * The rejections that stand against a plan, newest first: those of its request, of the same commit, of something that the branch has and
 * that is not applied, and of something that the plan does as well. Each stands until an approval that was recorded later takes it back: one
 * that names this very plan, or one of the same manifests (the commit of its request, the revision of the branch): what is left of it, or what
 * drifted beside it. Elsewhere what was rejected stays rejected. No clock ends a rejection, nor does another plan.
 */
export function listStanding(decisions: readonly Decision[], judged: Judged): readonly Standing[] {
  const wanted = new Set(judged.effects);
  const standing = decisions.flatMap((decision): readonly Standing[] => {
    if (decision.kind !== "reject") return [];
    const takenBack = decisions.filter((later) => isTakenBackBy(decision, later, judged));
    const approved = new Set(takenBack.flatMap(({ effects }) => effects));
    const effects = decision.effects.filter((effect) => wanted.has(findCounterpart(effect)) && !approved.has(effect));
    const isWhole = isAbout(decision, judged) && !takenBack.some((later) => lifts(later, decision));
    return isWhole || effects.length > 0 ? [{ decision, effects }] : [];
  });
  return standing.toReversed();
}

/** Whether a later approval may take something of a rejection back for a plan: one of other manifests says nothing of this one. */
function isTakenBackBy(rejection: Decision, later: Decision, judged: Judged): boolean {
  if (later.kind !== "approve" || later.seq <= rejection.seq) return false;
  const { request, head, digest, revision } = later;
  if (isOfOrderByTime(later)) return request === null || request === rejection.request || request === judged.request;
  const isOfPlan = digest !== null && digest === judged.digest;
  if (request === null) return isOfPlan || (revision !== null && revision === judged.revision);
  if (request === judged.request) return isOfPlan || (head !== null && head === judged.head);
  return isOfPlan && judged.request === null && request === rejection.request;
}

function isAbout({ seq, request, head }: Decision, judged: Judged): boolean {
  const isItsRequest = request !== null && request === judged.request;
  const isItsCommit = head !== null && head === judged.head;
  return isItsRequest || isItsCommit || judged.present.has(seq);
}

function lifts(approval: Decision, { seq, request }: Decision): boolean {
  const isOfRequest = request !== null && approval.request === request;
  return isOfRequest || approval.lifts.includes(seq) || isOfOrderByTime(approval);
}

/**
 * The approvals of a request that were given before its merge and count still, oldest first; also those given on another request of the same newest
 * commit, whose merge does the same. Every rejection that was recorded since ended those before it that are of its request, of the same commit, or
 * of anything, where it is one of what the branch has.
 */
export function listEarly(
  decisions: readonly Decision[],
  { request, head }: { readonly request: string; readonly head: string },
): readonly Decision[] {
  const isOfIt = (given: Decision) => given.request === request || (given.request !== null && given.head === head);
  const isEnded = (given: Decision) =>
    decisions.some((later) => endsEarly(later, given) || endsEarly(later, { ...given, request }));
  return decisions.filter((given) => given.kind === "approve" && isOfIt(given) && !isEnded(given));
}

function endsEarly(rejection: Decision, { seq, request, head }: Pick<Decision, "seq" | "request" | "head">): boolean {
  if (rejection.kind !== "reject" || rejection.seq <= seq) return false;
  return rejection.request === request || rejection.revision !== null || (head !== null && rejection.head === head);
}

/** The newest rejection of a request that no approval of it took back; null: there is none. */
export function findOwnRejection(decisions: readonly Decision[], name: string): Decision | null {
  const newest = decisions.findLast(({ request }) => request === name);
  return newest?.kind === "reject" ? newest : null;
}

/** The newest rejection, by `seq`; 0: there is none. */
export function findNewestRejection(decisions: readonly Decision[]): number {
  return decisions.findLast(({ kind }) => kind === "reject")?.seq ?? 0;
}
