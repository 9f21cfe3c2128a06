import { type Address, formatAddress } from "../../model/address.ts";
import type { LiveState } from "../../model/objects/live.ts";
import { nameSettings } from "../../model/objects/settings.ts";
import type { Finding } from "../compare/finding.ts";
import type { Decisions } from "../decide/decisions.ts";
import { isLive } from "../input/index-world.ts";
import { listOutOnTheWay } from "../unfinished/settle-drains.ts";
import { listDrained } from "./find-drained-defaults.ts";
import { listScopes } from "./note-unseen.ts";

/** Queues that the plan removes permanently, by name, and the object whose change does; the control plane refuses that where settings name one. */
export function listGone({ leftovers, queues, world, departures }: Decisions): ReadonlyMap<string, Address> {
  const gone = new Map<string, Address>();
  for (const { object, address } of leftovers.removals) {
    if (object.kind === "queue" && world.capabilities.queue_state) gone.set(object.name, address);
  }
  for (const { verb, predecessors, desired } of queues) {
    if (verb === "replace" && world.capabilities.queue_state)
      for (const old of predecessors) gone.set(old.name, desired.address);
  }
  for (const { cluster, how, address } of departures.values()) if (how === "delete") gone.set(cluster.name, address);
  return new Map([...gone].filter(([queue]) => isLive(world.queues.get(queue))));
}

/**
 * Queues that take work now and do not once the plan is applied, by name, and the object whose change does that. One that an unfinished rollout
 * has drained on its way counts as one that takes work.
 */
export function listTaken(decisions: Decisions): ReadonlyMap<string, Address> {
  const { input, world } = decisions;
  const { live, written = [] } = input;
  const onTheWay = listOutOnTheWay({ live, written });
  const isTaking = (queue: string) => world.queues.get(queue)?.state === "active" || onTheWay.has(`queue.${queue}`);
  const drained = [...listDrained(decisions)].filter(([queue]) => isTaking(queue));
  return new Map([...drained, ...listGone(decisions)]);
}

/**
 * A queue is not taken out of service while settings may name it that were not read: runs there would be refused, and so would a delete,
 * which leaves the queue drained.
 */
export function findUnseenSettings(decisions: Decisions): readonly Finding[] {
  const { live } = decisions.input;
  const unseen = live.systems.settings === "absent" ? null : explainUnseen(live);
  if (unseen === null) return [];
  const concerns = listUnseen(live);
  return [...listTaken(decisions)].map(([queue, address]) => {
    const message = `${address} takes queue ${queue} out of service, and settings that were not read may name it as run.default_queue: ${unseen}`;
    return { check: "unseen-settings", status: "fail", message, addresses: [address], concerns };
  });
}

/** The settings that were not read: those of some scopes, or of any. */
function listUnseen({ org, scope_list, unreadable_scopes }: LiveState): readonly string[] {
  const names = scope_list === "read" ? unreadable_scopes.map((scope) => nameSettings(org, scope)) : [`${org}/*`];
  return names.map((name) => formatAddress("settings", name));
}

/** Why not all settings are known; null: they are. */
function explainUnseen({ scope_list, unreadable_scopes }: LiveState): string | null {
  switch (scope_list) {
    case "unread":
      return "the projects were not listed.";
    case "missing":
      return "the control plane lists no projects. Check that no settings name it, then override this check.";
    case "refused":
      return "permission denied: the token may not list projects. Grant it that right.";
    case "partial":
      return "there are too many projects, or some with names that can't be asked for. Check that no settings name it, then override this check.";
    case "read":
      return unreadable_scopes.length === 0
        ? null
        : `permission denied for those of ${listScopes(unreadable_scopes)}. Grant the token read access.`;
  }
}
