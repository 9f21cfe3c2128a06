import { listServing, type PoolMembers } from "../steps/serving-facts.ts";
import type { RowWays } from "./list-row-ways.ts";
import { type Arrival, orderDepartures, type WildcardOrder } from "./order-departures.ts";

/**
 * Orders moves so that pools are served throughout: those that `queues` names, and those that rows name once the plan is applied, so that a row which
 * comes to name one can be written before its former pool is emptied. Where a pool would be interrupted for that, and a row can wait, its new pool needs no
 * cluster until it is written.
 */
export function orderAmongRows(
  queues: ReadonlySet<string>,
  { ways, staying }: RowWays,
  arrivals: readonly Arrival[],
  members: PoolMembers,
): WildcardOrder {
  const { departures, world } = members;
  const used = new Set([...queues, ...staying.keys()]);
  const order = orderDepartures(departures, arrivals, new Set([...used, ...ways.map(({ to }) => to)]), world);
  if (order.interrupted.length === 0) return order;
  const waysTo = Map.groupBy(
    ways.filter(({ from, to }) => from !== to && !used.has(to)),
    ({ to }) => to,
  );
  const canWait = (pool: string) => used.has(pool) || isKept(pool, members);
  const late = new Set([...waysTo].flatMap(([to, coming]) => (coming.every(({ from }) => canWait(from)) ? [to] : [])));
  if (late.size === 0) return order;
  const early = ways.flatMap(({ to }) => (late.has(to) ? [] : [to]));
  const other = orderDepartures(departures, arrivals, new Set([...used, ...early]), world);
  return other.interrupted.length < order.interrupted.length ? { ...other, late } : order;
}

/** Whether no cluster that leaves a pool is the last one there. */
function isKept(pool: string, members: PoolMembers): boolean {
  const { staying, leaving } = listServing(pool, members);
  return leaving.length === 0 || staying.length > 0;
}
