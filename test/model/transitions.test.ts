import { expect, test } from "vitest";
import { moveOf, type Transitions, transition } from "../../src/model/transitions.ts";

const DOOR: Transitions<"open" | "shut" | "locked", "push" | "close" | "lock" | "saw"> = {
  open: { push: "open", close: "shut", lock: null, saw: null },
  shut: { push: "open", close: null, lock: "locked", saw: null },
  locked: { push: "locked", close: null, lock: null, saw: null },
};

test("an event leads to the state of the table, and one that is impossible there is a bug", () => {
  expect([transition(DOOR, "open", "close"), transition(DOOR, "shut", "push")]).toEqual(["shut", "open"]);
  expect(() => transition(DOOR, "open", "lock")).toThrow("impossible transition: lock while open");
});

test("an event is one move where all states that have it lead to the same one", () => {
  expect(moveOf(DOOR, "close")).toEqual({ from: ["open"], to: "shut" });
  expect(() => moveOf(DOOR, "push")).toThrow("push does not lead to one state");
  expect(() => moveOf(DOOR, "saw")).toThrow("saw does not lead to one state");
});
