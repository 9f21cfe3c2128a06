import { expect, test } from "vitest";
import { createMessageIds } from "../../../src/daemon/notify/create-message-ids.ts";

test("ids of one act are UUIDs of version 7, and each is greater than the one before", () => {
  const next = createMessageIds();
  const ids = Array.from({ length: 10_000 }, next);
  expect(ids).toEqual(ids.toSorted());
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
