import type { Address } from "../../model/address.ts";
import type { Plan } from "../../model/plan/plan.ts";

/**
 * What takes no work until its change continues: drained though it is to be in service, or by a rollout that stopped on its way to something
 * else. `begun`: what a rollout has begun and not finished.
 */
export function findOutOfService({ changes }: Pick<Plan, "changes">, begun: ReadonlySet<string>): readonly Address[] {
  const drained = changes.filter(
    ({ address, before, after }) => before?.state === "drained" && (after?.state === "active" || begun.has(address)),
  );
  return [...new Set(drained.map(({ address }) => address))];
}
