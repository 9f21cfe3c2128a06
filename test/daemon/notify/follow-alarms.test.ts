import fc from "fast-check";
import { expect, test } from "vitest";
import type { NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { findEvents, findTimedEvents } from "../../../src/daemon/notify/find-events.ts";
import type { Followed } from "../../../src/daemon/notify/follow-alarms.ts";
import { MOST_SUBJECTS } from "../../../src/daemon/notify/gather-rest.ts";
import { ALARM_TYPES, type Alarm, type AlarmType } from "../../../src/model/daemon/alarm.ts";
import type { TargetState } from "../../../src/model/daemon/daemon-records.ts";
import type { Diagnostic } from "../../../src/model/diagnostics/diagnostic.ts";
import type { PassOutcome } from "../../../src/model/passes/pass.ts";
import { computeStatus } from "../../../src/plan/policy/compute-status.ts";
import { makeFacts, makeHeld, makePass, makeReport, makeState } from "./make-state.ts";

const POLL_MS = 120_000;
const LIMIT_MS = 10 * POLL_MS;
const DIAGNOSTIC: Diagnostic = {
  ...{ severity: "error", code: "x", summary: "wrong", detail: "", file: "a.yaml", line: 1, column: 1, address: null },
};

/** How a pass ends. */
const OUTCOMES: readonly PassOutcome[] = [
  { kind: "synced" },
  { kind: "applied", report: makeReport(), held: [] },
  { kind: "waiting", report: makeReport({ status: "waiting" }), held: [] },
  { kind: "held", held: [makeHeld()] },
  { kind: "blocked", checks: [{ name: "black-hole", status: "fail", message: "No route.", addresses: ["queue.a"] }] },
  { kind: "invalid", diagnostics: [DIAGNOSTIC] },
  { kind: "refused", message: "Not signed." },
  { kind: "inconclusive", step: "read", code: "timeout", message: "No answer." },
  { kind: "failed", step: "apply", code: "unavailable", message: "It went away.", report: null },
  { kind: "failed", step: "apply", code: "permission_denied", message: "Not allowed.", report: null },
  { kind: "cancelled", message: "Ended.", report: null },
];

/** What happens to a daemon. */
type Act =
  /** `lost`: it is killed after messages and alarms were written, which is one act, and before the state is; then it starts anew. */
  | {
      readonly kind: "pass";
      readonly outcome: PassOutcome;
      readonly paused: boolean;
      /** The queues in which work waits: so many, from this one on. */
      readonly queues: { readonly from: number; readonly count: number };
      readonly lost: boolean;
    }
  /** `stale`: what the target was before its last pass is read, as by a replica that began its round while that pass was written down. */
  | { readonly kind: "minutes"; readonly minutes: number; readonly stale: boolean }
  | { readonly kind: "restart"; readonly minutes: number };

const arbitraryAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("pass" as const),
      outcome: fc.constantFrom(...OUTCOMES),
      paused: fc.integer({ min: 0, max: 4 }).map((drawn) => drawn === 0),
      queues: fc.oneof(
        fc.record({ from: fc.integer({ min: 0, max: 3 }), count: fc.integer({ min: 0, max: 2 }) }),
        fc.record({
          from: fc.integer({ min: 0, max: 20 }),
          count: fc.integer({ min: MOST_SUBJECTS - 5, max: MOST_SUBJECTS + 5 }),
        }),
      ),
      lost: fc.integer({ min: 0, max: 5 }).map((drawn) => drawn === 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("minutes" as const),
      minutes: fc.integer({ min: 1, max: 45 }),
      stale: fc.integer({ min: 0, max: 3 }).map((drawn) => drawn === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("restart" as const), minutes: fc.integer({ min: 0, max: 300 }) }),
  },
);

/** A daemon over one target, with a store that loses nothing and messages that are sent once for each key. */
function createHistory() {
  let now = Date.parse("2026-11-21T12:00:00.000Z");
  let started = now;
  let state: TargetState | null = null;
  let former: TargetState | null = null;
  const alarms = new Map<string, Alarm>();
  const sent = new Map<string, NotifyEvent>();
  const told: { readonly event: NotifyEvent; readonly at: number; readonly started: number; readonly seen: number }[] =
    [];
  const iso = (at: number) => new Date(at).toISOString();
  const facts = (before: TargetState | null) =>
    makeFacts({
      ...{ now: iso(now), poll_ms: POLL_MS, alarms: [...alarms.values()] },
      watched_since: before?.status.since ?? iso(now),
      unlooked_since: before === null || Date.parse(before.updated_at) < started ? iso(started) : null,
      unreachable: state?.unreachable ?? [],
    });
  const queue = ({ events }: Followed) => {
    for (const event of events) {
      if (sent.has(event.key)) continue;
      sent.set(event.key, event);
      told.push({ event, at: now, started, seen: state === null ? 0 : Date.parse(state.updated_at) });
    }
  };
  const write = (followed: Followed) => {
    for (const alarm of followed.alarms) alarms.set(`${alarm.type} ${alarm.subject}`, alarm);
  };
  const look = ({ outcome, paused, queues }: Omit<Extract<Act, { readonly kind: "pass" }>, "kind" | "lost">) => {
    const kind = outcome.kind;
    const isBad = kind === "failed" || kind === "inconclusive";
    const failures = isBad ? (state?.failures ?? 0) + 1 : kind === "cancelled" ? (state?.failures ?? 0) : 0;
    const isSuccess = kind === "synced" || kind === "applied" || kind === "held";
    const pause = { id: "1", target: "production", address: null, by: "ada", reason: "", at: iso(now), until: null };
    const status = computeStatus({
      ...{ outcome, failures, previous: state?.status ?? null, at: iso(now), pauses: paused ? [pause] : [] },
      retriable: kind === "failed" && outcome.code === "unavailable",
      ...{ pinned_revision: null, begun: null, out_of_service: [], unserved: [], nowhere: [], left_behind: [] },
    });
    const wasWaiting = state?.unreachable ?? [];
    const work = Array.from({ length: queues.count }, (_, index) => {
      const queue = `gpu-${queues.from + index}`;
      const since = wasWaiting.find((known) => known.queue === queue)?.since ?? iso(now);
      return { queue, waiting: 3, reason: "it selects no cluster", since };
    });
    return makeState(status.state, outcome, {
      ...{ status, failures, updated_at: iso(now), last_pass: makePass(outcome, { id: `run-${now}` }) },
      last_success_at: isSuccess ? iso(now) : (state?.last_success_at ?? null),
      // What was not read is as it was.
      unreachable: isSuccess ? work : wasWaiting,
    });
  };
  return {
    told,
    alarms,
    waiting: () => state?.unreachable ?? [],
    now: () => now,
    act: (act: Act) => {
      if (act.kind === "restart") {
        now += act.minutes * 60_000;
        started = now;
        return;
      }
      if (act.kind === "minutes") {
        if (act.stale && former !== null) {
          const followed = findTimedEvents(former, facts(former));
          queue(followed);
          write(followed);
        }
        for (let minute = 0; minute < act.minutes; minute += 1) {
          now += 60_000;
          if (state === null) continue;
          const followed = findTimedEvents(state, facts(state));
          queue(followed);
          write(followed);
        }
        return;
      }
      now += 1_000;
      const next = look(act);
      const followed = findEvents(state, next, { ...facts(state), unreachable: next.unreachable });
      queue(followed);
      write(followed);
      if (act.lost) started = now;
      else {
        former = state;
        state = next;
      }
    },
  };
}

const NONE = { from: 0, count: 0 };

/** Each queue has an alarm of its own or is one of the rest, and those of their own are not too many. */
function checkQueues({ alarms, waiting }: Pick<ReturnType<typeof createHistory>, "alarms" | "waiting">): void {
  const open = [...alarms.values()].filter(({ type, ended_at }) => type === "queue_unreachable" && ended_at === null);
  const own = new Set(open.map(({ subject }) => subject).filter((subject) => subject !== ""));
  expect(own.size).toBeLessThanOrEqual(MOST_SUBJECTS);
  const rest = waiting().filter(({ queue }) => !own.has(queue));
  expect([rest.length > 0, waiting().length - rest.length]).toEqual([own.size < open.length, own.size]);
}

const TOLD_ONCE: ReadonlySet<string> = new Set(["stalled", "queue_unreachable", "left_behind"]);

const isAlarm = (event: NotifyEvent): event is Extract<NotifyEvent, { readonly type: AlarmType }> =>
  ALARM_TYPES.some((type) => type === event.type);

test("in every history each alarm has exactly one end, which follows it, and a standstill is told only after a look or its limit", () => {
  fc.assert(
    fc.property(fc.array(arbitraryAct, { maxLength: 60 }), (acts) => {
      const history = createHistory();
      for (const act of acts) {
        history.act(act);
        if (act.kind === "pass" && !act.lost) checkQueues(history);
      }
      // A pass that was lost is made again; then all is well, and nothing waits.
      const well = { kind: "pass", outcome: { kind: "synced" }, paused: false, queues: NONE, lost: false } as const;
      history.act(well);
      history.act(well);
      const open = new Set<string>();
      for (const { event, at, started, seen } of history.told) {
        if (isAlarm(event)) {
          // A failure that has another cause is told, too; all else is told once until it is over.
          const name = "queue" in event ? `${event.type} ${event.queue}` : event.type;
          if (TOLD_ONCE.has(event.type)) expect([name, open.has(name)]).toEqual([name, false]);
          open.add(name);
          if (event.type === "stalled") expect(seen >= started || at - started > LIMIT_MS).toBe(true);
        }
        if (event.type !== "recovered") continue;
        const name = event.alarm === "queue_unreachable" ? `${event.alarm} ${event.subject ?? ""}` : event.alarm;
        expect([name, open.delete(name)]).toEqual([name, true]);
      }
      expect([...open]).toEqual([]);
      expect([...history.alarms.values()].filter(({ ended_at }) => ended_at === null)).toEqual([]);
    }),
    { numRuns: 500 },
  );
});
