import fc from "fast-check";
import { expect, test } from "vitest";
import {
  LEASE_TRANSITIONS,
  type LeaseEvent,
  type LeaseState,
  moveLease,
} from "../../../src/store/leases/lease-state.ts";
import { listTransitions } from "../../model/list-transitions.ts";

test("the whole table of leases", () => {
  expect(listTransitions(LEASE_TRANSITIONS)).toEqual([
    ...["held renewed held", "held lost lost", "held released released"],
    ...["lost renewed lost", "lost lost lost", "lost released lost"],
    ...["released renewed released", "released lost released", "released released released"],
  ]);
});

const events: fc.Arbitrary<LeaseEvent> = fc.oneof(
  fc.record({ kind: fc.constant("renewed" as const), until: fc.nat() }),
  fc.record({ kind: fc.constant("lost" as const), why: fc.string() }),
  fc.constant({ kind: "released" as const }),
);

test("a lease that has ended stays as it ended, and one that is held never ends sooner than was said", () => {
  fc.assert(
    fc.property(fc.array(events), (happened) => {
      let state: LeaseState = { kind: "held", until: 5 };
      for (const event of happened) {
        const next = moveLease(state, event);
        expect(next.kind).toBe(LEASE_TRANSITIONS[state.kind][event.kind]);
        if (state.kind !== "held") expect(next).toBe(state);
        else if (next.kind === "held") expect(next.until).toBeGreaterThanOrEqual(state.until);
        state = next;
      }
    }),
  );
});

test("a lost lease says why", () => {
  const lost = moveLease({ kind: "held", until: 5 }, { kind: "lost", why: "another run has taken it over" });
  expect(lost).toMatchObject({ kind: "lost", error: { code: "lease_lost", next: "stop" } });
  expect(lost.kind === "lost" && lost.error.message).toContain("was lost: another run has taken it over.");
});
