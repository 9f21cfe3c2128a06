import { type Address, formatAddress } from "../../model/address.ts";
import { DEFAULT_QUEUE_KEY, nameSettings, UNSET } from "../../model/objects/settings.ts";
import type { Finding } from "../compare/finding.ts";
import { ignores } from "../decide/assign-registrations.ts";
import type { Decisions } from "../decide/decisions.ts";
import { endsActive } from "../decide/effective-queue.ts";
import { endsInService } from "../decide/end-state.ts";

/**
 * Settings that name a queue which a manifest wants drained, or leaves drained: runs there that name no queue are refused. That may be meant, for a
 * while, so it warns. Queue `default` takes the runs of an organization whose settings name none.
 */
export function findDrainedDefaults(decisions: Decisions): readonly Finding[] {
  const drained = listDrained(decisions);
  const { input, queues, clusters } = decisions;
  const { live } = input;
  if (drained.size === 0) return [];
  const left = new Set([...queues, ...clusters].flatMap((one) => (ignores(one, "state") ? [one.desired.address] : [])));
  const describe = (address: Address, queue: string) =>
    left.has(address) ? `${address} leaves ${queue} drained` : `${address} drains ${queue}`;
  const named = namedQueues(decisions);
  const findings = [...named].flatMap(([settings, queue]): readonly Finding[] => {
    const address = drained.get(queue);
    if (address === undefined) return [];
    const message = `Settings of ${settings} name queue ${queue} as run.default_queue, and ${describe(address, "it")}: runs there that name no queue are refused. Name another queue, or keep it active.`;
    return [
      {
        ...{ check: "black-hole", status: "warn", message, queues: [queue] },
        addresses: [address, formatAddress("settings", settings)],
      },
    ];
  });
  const fallback = drained.get("default");
  const isNamed = named.has(live.org) || live.systems.settings === "unreadable" || live.unreadable_scopes.length > 0;
  if (fallback === undefined || isNamed) return findings;
  const message = `${describe(fallback, "queue default")}, the fallback of runs for which neither they nor settings name a queue: those are refused. Set run.default_queue in the settings of the organization, or keep queue default active.`;
  return [...findings, { check: "black-hole", status: "warn", message, addresses: [fallback] }];
}

/** Queues that end up drained and have a manifest, by name: those of drained clusters too. */
export function listDrained({ queues, clusters, world }: Decisions): ReadonlyMap<string, Address> {
  if (!world.capabilities.queue_state) return new Map();
  const all = [
    ...clusters.filter((cluster) => !endsInService(cluster, world)),
    ...queues.filter((queue) => !endsActive(queue)),
  ];
  return new Map(all.map(({ physical, desired }) => [physical, desired.address]));
}

/** The queue that each scope's own settings name once the plan is applied, by the scope's name. */
function namedQueues({ input, placements }: Decisions): ReadonlyMap<string, string> {
  const { live } = input;
  const values = new Map<string, unknown>(
    live.settings.map(({ scope, values: own }) => [nameSettings(live.org, scope), own[DEFAULT_QUEUE_KEY]]),
  );
  for (const { name, write } of [...placements.wanted, ...placements.removals]) {
    if (write.kind !== "settings") continue;
    const { settings, cleared } = write.set;
    if (DEFAULT_QUEUE_KEY in settings) values.set(name, settings[DEFAULT_QUEUE_KEY]);
    else if (cleared.includes(DEFAULT_QUEUE_KEY)) values.delete(name);
  }
  return new Map(
    [...values].flatMap(([name, queue]) => (typeof queue === "string" && queue !== UNSET ? [[name, queue]] : [])),
  );
}
