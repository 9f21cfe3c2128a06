import type { Plan } from "../../model/plan/plan.ts";

/** The notices of a plan. Hand-overs are shown with the check `contract`. */
export function listNotices({ notices }: Pick<Plan, "notices">): readonly string[] {
  return notices.filter(({ code }) => code !== "hand-over").map(({ message }) => message);
}

/** Who changed something outside, and when, according to a plan's notices. */
export function listAuthors({ notices }: Pick<Plan, "notices">): readonly string[] {
  return notices.filter(({ code }) => code === "changed-outside").map(({ message }) => message);
}

/** The unmanaged objects, with the names joined by `join`; null if there are none. */
export function describeUnmanaged(
  { unmanaged }: Pick<Plan, "unmanaged">,
  join: (names: readonly string[]) => string,
): string | null {
  return unmanaged.length === 0 ? null : `Unmanaged, as no manifest names them: ${join(unmanaged)}.`;
}
