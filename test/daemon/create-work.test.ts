import { expect, test } from "vitest";
import { createWork, type WorkTools } from "../../src/daemon/create-work.ts";

test("a pass that can't be requested, for whatever reason, is said in the log, and ends none of those who ask", async () => {
  const logged: unknown[] = [];
  const error = new TypeError("unforeseen");
  const { wake } = createWork({
    jobs: { request: async () => Promise.reject(error) },
    log: { error: (fields: object) => void logged.push(fields) },
  } as unknown as WorkTools);
  await expect(wake("prod", "push")).resolves.toBeUndefined();
  expect(logged).toEqual([{ err: error, target: "prod" }]);
});
