import { expect, test } from "vitest";
import { describeEvent } from "../../../src/daemon/notify/describe-event.ts";
import type { NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { findEvents } from "../../../src/daemon/notify/find-events.ts";
import { MOST_SUBJECTS } from "../../../src/daemon/notify/gather-rest.ts";
import type { Alarm } from "../../../src/model/daemon/alarm.ts";
import type { LeftObject, UnreachableWork } from "../../../src/model/daemon/daemon-records.ts";
import { makeFacts, makeState, minutesAgo } from "./make-state.ts";

/** A target that is looked at again and again; each look gives its messages. */
function openTarget() {
  const alarms = new Map<string, Alarm>();
  return {
    open: () => [...alarms.values()].filter(({ ended_at }) => ended_at === null),
    look: (queues: readonly string[], left: readonly string[] = []): readonly NotifyEvent[] => {
      const unreachable: readonly UnreachableWork[] = queues.map((queue) => ({
        ...{ queue, waiting: 2, reason: "it selects no cluster", since: minutesAgo(3) },
      }));
      const left_behind = left.map(
        (name): LeftObject => ({
          ...{ address: `cluster.${name}`, message: "It was left.", since: minutesAgo(4) },
        }),
      );
      const state = makeState("Synced", { kind: "synced" }, { unreachable, left_behind });
      const { events, alarms: changed } = findEvents(
        state,
        state,
        makeFacts({ unreachable, alarms: [...alarms.values()] }),
      );
      for (const alarm of changed) alarms.set(`${alarm.type} ${alarm.subject}`, alarm);
      return events;
    },
  };
}

const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `q${from + index}`);
const last = (events: readonly NotifyEvent[]) => describeEvent(events.at(-1) ?? expect.fail()).title;

test("of very many queues without a cluster the first are reported one by one, and all others by one message with their number", () => {
  const target = openTarget();
  const events = target.look(names(10_000));
  expect(events).toHaveLength(MOST_SUBJECTS + 1);
  expect(events.at(-1)).toMatchObject({ type: "queue_unreachable", queue: "", waiting: 19_800, more: 9_900 });
  expect(last(events)).toBe("production: 19800 waiting in 9900 more queues without a reachable cluster");
  expect(target.look(names(9_000))).toEqual([]);
  expect(target.open()).toHaveLength(MOST_SUBJECTS + 1);
});

test("of very many left objects too, apart from the queues", () => {
  const target = openTarget();
  const events = target.look(names(3), names(150));
  expect(events).toHaveLength(3 + MOST_SUBJECTS + 1);
  expect(events.at(-1)).toMatchObject({ type: "left_behind", objects: [], more: 50 });
  expect(last(events)).toBe("production: 50 more objects left behind");
  expect(last(target.look([], names(50, 50)))).toBe("production: no more objects are left behind, now Synced");
});

test("each ends with its own end, and one of the others is reported by its name once there is room for it", () => {
  const target = openTarget();
  target.look(names(103));
  const later = target.look(names(101, 2));
  expect(
    later.map((event) => [event.type, "queue" in event ? event.queue : "subject" in event && event.subject]),
  ).toEqual([
    ["recovered", "q0"],
    ["recovered", "q1"],
    ["queue_unreachable", "q100"],
    ["queue_unreachable", "q101"],
  ]);
  const fewer = target.look(names(100, 3));
  expect(fewer.map((event) => "subject" in event && event.subject)).toEqual(["q2", null, false]);
  expect(describeEvent(fewer[1] ?? expect.fail()).title).toBe(
    "production: no work is waiting in more queues without a cluster, now Synced",
  );
  expect(target.look([])).toHaveLength(MOST_SUBJECTS);
  expect(target.open()).toEqual([]);
  expect(target.look(names(101)).at(-1)).toMatchObject({ more: 1 });
});

test("a queue without a name is one of the others, whether or not there are more of them", () => {
  const target = openTarget();
  expect(target.look(["", ...names(2)]).at(-1)).toMatchObject({ queue: "", waiting: 2, more: 1 });
  expect(target.look(["", ...names(MOST_SUBJECTS + 3)]).map((event) => "more" in event)).toEqual(
    Array(MOST_SUBJECTS - 2).fill(false),
  );
  const ends = target.look(names(2)).filter((event) => event.type === "recovered" && event.subject === null);
  expect(ends).toHaveLength(1);
  expect(target.look(["", ...names(MOST_SUBJECTS + 3)]).at(-1)).toMatchObject({ more: 4 });
});
