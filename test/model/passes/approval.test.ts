import { expect, test } from "vitest";
import { APPROVAL_EVENTS, APPROVAL_TRANSITIONS, COUNTING_STATES } from "../../../src/model/passes/approval.ts";
import { moveOf } from "../../../src/model/transitions.ts";
import { listTransitions } from "../list-transitions.ts";

test("the whole table of approvals", () => {
  expect(listTransitions(APPROVAL_TRANSITIONS)).toEqual([
    "open begin running",
    "open finish done",
    "open expire expired",
    "open supersede superseded",
    "open reject rejected",
    "running begin running",
    "running finish done",
    "running expire expired",
    "running supersede superseded",
    "running reject rejected",
    "running restore superseded",
  ]);
});

test("each event leads to one state, so that one statement of the store makes it", () => {
  const moves = APPROVAL_EVENTS.map((event) => [event, moveOf(APPROVAL_TRANSITIONS, event).to]);
  expect(Object.fromEntries(moves)).toEqual({
    ...{ begin: "running", finish: "done", expire: "expired" },
    ...{ supersede: "superseded", reject: "rejected", restore: "superseded" },
  });
});

test("those count that have not ended, and nothing moves one that has", () => {
  const moved = listTransitions(APPROVAL_TRANSITIONS).map((line) => line.split(" ")[0]);
  expect([...new Set(moved)]).toEqual(COUNTING_STATES);
});
