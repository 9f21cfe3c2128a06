import { expect, test } from "vitest";
import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import { boundUnreachable, MOST_UNREACHABLE } from "../../../src/reconcile/pass/find-unreachable.ts";
import { makeFacts, makeState, minutesAgo } from "../../daemon/notify/make-state.ts";

const find = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({ queue: `q${from + index}`, waiting: 1, reason: "it selects none" }));

test("of very many queues without a cluster a thousand stay on record, the known ones first, and the number of all others", () => {
  const [then, now] = [minutesAgo(9), minutesAgo(0)];
  const first = boundUnreachable(find(2), [], then);
  expect(first).toEqual({ unreachable: find(2).map((work) => ({ ...work, since: then })) });
  const crowd = boundUnreachable([...find(5_000, 2), ...find(2)], first.unreachable, now);
  expect(crowd.unreachable.slice(0, 3).map(({ queue, since }) => [queue, since])).toEqual([
    ["q0", then],
    ["q1", then],
    ["q2", now],
  ]);
  expect([crowd.unreachable.length, crowd.unreachable_more]).toEqual([MOST_UNREACHABLE, 5_002 - MOST_UNREACHABLE]);
  const state = makeState("Synced", { kind: "synced" }, crowd);
  const { events } = findEvents(state, state, makeFacts({ unreachable: crowd.unreachable }));
  expect(events).toHaveLength(101);
  expect(events.at(-1)).toMatchObject({ queue: "", more: 4_902 });
});
