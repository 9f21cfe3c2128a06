import type { TakenCluster, TurnedSettings } from "../model/ledger/ledger.ts";
import type { LiveState } from "../model/objects/live.ts";
import { DEFAULT_QUEUE_KEY, listScopesAbove, nameSettings, type SettingsScope } from "../model/objects/settings.ts";
import type { QueueFact } from "../plan/routing/routing-facts.ts";

/** What an unfinished rollout has done to what runs are routed by, with what of it was allowed. */
interface Begun {
  readonly taken: readonly TakenCluster[];
  readonly turned: readonly TurnedSettings[];
}

/** Runs that name no queue, as a finding names them, and the queue that they go to. */
interface AskedRuns extends SettingsScope {
  readonly name: string;
  readonly queue: string | null;
}

/**
 * Finds the runs whose loss was allowed: by an override that came after the last time that their settings were made to name another queue, and that a
 * cluster of this one was taken away, or with that. What was done since was not allowed with it.
 */
export function openAllowedRuns(
  { taken, turned }: Begun,
  { org, settings }: Pick<LiveState, "org" | "settings">,
  queues: readonly QueueFact[],
): (runs: AskedRuns) => boolean {
  const allowedAt = new Map<string, number>();
  for (const { seq, concerns = [] } of [...taken, ...turned].flatMap(({ allowed = [] }) => allowed)) {
    for (const name of concerns) allowedAt.set(name, Math.max(allowedAt.get(name) ?? 0, placeOf({ seq })));
  }
  const turnsOf = Map.groupBy(turned, ({ name }) => name);
  const takesOf = Map.groupBy(taken, ({ from }) => from);
  const naming = new Set(
    settings.flatMap(({ scope, values }) => (values[DEFAULT_QUEUE_KEY] === undefined ? [] : nameSettings(org, scope))),
  );
  const queueOf = new Map(queues.map((queue) => [queue.name, queue]));
  return ({ name, domain, project, queue }) => {
    const allowed = allowedAt.get(name);
    if (allowed === undefined) return false;
    // Up to the narrowest that names a queue: what is above has no part in it.
    const scopes = listScopesAbove({ domain, project }).map((scope) => nameSettings(org, scope));
    const governing = scopes.slice(
      Math.max(
        0,
        scopes.findLastIndex((scope) => naming.has(scope)),
      ),
    );
    const { pool = "", clusters = [] } = queueOf.get(queue ?? "") ?? {};
    const takes = takesOf.get(pool)?.filter(({ cluster }) => clusters[0] === "*" || clusters.includes(cluster)) ?? [];
    const since = [...governing.flatMap((scope) => turnsOf.get(scope) ?? []), ...takes];
    return since.every((one) => placeOf(one) <= allowed);
  };
}

/** What has no number yet is the newest. */
function placeOf({ seq }: { readonly seq?: number | undefined }): number {
  return seq ?? Number.MAX_SAFE_INTEGER;
}
