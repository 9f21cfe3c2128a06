import { expect, test } from "vitest";
import { explainStoreError, lockedOut } from "../../../src/store/database/explain-store-error.ts";

test.each(["timeout exceeded when trying to connect", "Query read timeout", "Connection terminated unexpectedly"])(
  "a server that is too slow or gone passes by itself: %s",
  (message) => {
    expect(explainStoreError(new Error(message), "db/x")).toMatchObject({
      ...{ code: "store_failed", next: "retry" },
      message: `The store at db/x can't be used: ${message}. Try again.`,
    });
  },
);

test("a lock on a file says that one which no program has ends with this process", () => {
  expect(explainStoreError(lockedOut(), "/data/x")).toMatchObject({
    ...{ code: "store_failed", next: "retry" },
    message:
      "The store at /data/x can't be used: database is locked. Try again once no other program has it open. If none has, restart this one: the file system could not release its lock.",
  });
});

test("what does not pass by itself says what to check", () => {
  expect(explainStoreError(new Error("permission denied"), "db/x")).toMatchObject({
    next: "stop",
    message: expect.stringContaining("Check that the place exists"),
  });
});
