import type { Summary } from "../../model/plan/plan.ts";

/** The counts that are not zero, in words: `2 to add, 1 to replace`; "" for none. */
export function describeCounts({ add, change, replace, destroy }: Summary): string {
  const counts = [
    [add, "add"],
    [change, "change"],
    [replace, "replace"],
    [destroy, "destroy"],
  ] as const;
  return counts
    .filter(([count]) => count > 0)
    .map(([count, verb]) => `${count} to ${verb}`)
    .join(", ");
}
