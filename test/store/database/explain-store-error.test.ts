import { expect, test } from "vitest";
import { explainStoreError } from "../../../src/store/database/explain-store-error.ts";

test.each(["timeout exceeded when trying to connect", "Query read timeout", "Connection terminated unexpectedly"])(
  "a server that is too slow or gone passes by itself: %s",
  (message) => {
    expect(explainStoreError(new Error(message), "db/x")).toMatchObject({
      ...{ code: "store_failed", next: "retry" },
      message: `The store at db/x can't be used: ${message}. Try again.`,
    });
  },
);

test("what does not pass by itself says what to check", () => {
  expect(explainStoreError(new Error("permission denied"), "db/x")).toMatchObject({
    next: "stop",
    message: expect.stringContaining("Check that the place exists"),
  });
});
