import type { Plan } from "../model/plan.ts";

/** What there is to know of a plan. What is to be handed over stands with the check `contract`. */
export function listNotices({ notices }: Pick<Plan, "notices">): readonly string[] {
  return notices.filter(({ code }) => code !== "hand-over").map(({ message }) => message);
}

/** Who changed something outside, and when, as far as a plan's notices tell. */
export function listAuthors({ notices }: Pick<Plan, "notices">): readonly string[] {
  return notices.filter(({ code }) => code === "changed-outside").map(({ message }) => message);
}

/** What is left alone, with the names put together by `join`; null when there is nothing. */
export function describeUnmanaged(
  { unmanaged }: Pick<Plan, "unmanaged">,
  join: (names: readonly string[]) => string,
): string | null {
  return unmanaged.length === 0 ? null : `Left alone, as no manifest names them: ${join(unmanaged)}.`;
}
