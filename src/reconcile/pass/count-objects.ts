import type { ObjectCount } from "../../model/daemon/daemon-records.ts";
import type { LiveState } from "../../model/objects/live.ts";

/** Counts what is live by kind and state. */
export function countObjects({ pools, clusters, queues, settings, flyteadmin }: LiveState): readonly ObjectCount[] {
  const names = [
    ...pools.map(({ kind, deleted }) => `${kind} ${deleted ? "deleted" : "present"}`),
    ...[...clusters, ...queues].map(({ kind, state }) => `${kind} ${state}`),
    ...settings.map(() => "settings present"),
    ...flyteadmin.rows.map(({ kind }) => `${kind} present`),
  ];
  return [...Map.groupBy(names, (name) => name)].map(([name, { length: count }]) => {
    const [kind = "", state = ""] = name.split(" ");
    return { kind, state, count };
  });
}
