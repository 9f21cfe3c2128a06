import { expect, test } from "vitest";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import { restWhenLimited } from "../../src/pull-requests/rest-when-limited.ts";

test("what a forge limits is not called again before it said, and called again then", async () => {
  let now = 0;
  let calls = 0;
  const call = restWhenLimited(
    async () => {
      calls += 1;
      if (calls === 1) throw new OperationalError("forge_limited", "Too many.", { next: "retry", retryAfterMs: 1000 });
      return "done";
    },
    () => now,
  );
  await expect(call()).rejects.toMatchObject({ retryAfterMs: 1000 });
  now = 400;
  await expect(call()).rejects.toMatchObject({ code: "forge_limited", retryAfterMs: 600 });
  expect(calls).toBe(1);
  now = 1000;
  await expect(call()).resolves.toBe("done");
});

test("other faults rest nothing", async () => {
  let calls = 0;
  const call = restWhenLimited(async () => {
    calls += 1;
    throw new OperationalError("forge_unreachable", "Nobody answers.", { next: "retry", retryAfterMs: 1000 });
  });
  await expect(call()).rejects.toMatchObject({ code: "forge_unreachable" });
  await expect(call()).rejects.toMatchObject({ code: "forge_unreachable" });
  expect(calls).toBe(2);
});
