import type { Address } from "../../model/address.ts";
import type { Change, Plan } from "../../model/plan/plan.ts";

/**
 * What takes no work until its change continues: drained though it is to be in service, or by a rollout that stopped on its way to something
 * else. `begun`: what a rollout has begun and not finished. `drained`: what takes no work by its own drains, as `KIND.NAME`, also where
 * the plan has another goal for it.
 */
export function findOutOfService(
  { changes }: Pick<Plan, "changes">,
  { begun, drained = new Set() }: { readonly begun: ReadonlySet<string>; readonly drained?: ReadonlySet<string> },
): readonly Address[] {
  const isOwn = ({ address, physical_name }: Change) =>
    drained.has(`${address.slice(0, address.indexOf("."))}.${physical_name}`);
  const out = changes.filter((change) => {
    const { address, before, after } = change;
    return isOwn(change) || (before?.state === "drained" && (after?.state === "active" || begun.has(address)));
  });
  return [...new Set(out.map(({ address }) => address))];
}
