import { expect, test } from "vitest";
import { recallPermissions } from "../../../src/pull-requests/forge/recall-permissions.ts";

test("the rights of an account are asked for once in a minute, and again after a failure", async () => {
  const asked: string[] = [];
  let now = 0;
  let fails = false;
  const recall = recallPermissions(
    async (login) => {
      asked.push(login);
      if (fails) throw new Error("unreachable");
      return "write";
    },
    { now: () => now },
  );
  expect(await Promise.all([recall("a"), recall("a"), recall("b")])).toEqual(["write", "write", "write"]);
  now = 59_999;
  await recall("a");
  expect(asked).toEqual(["a", "b"]);
  now = 60_000;
  fails = true;
  await expect(recall("a")).rejects.toThrow("unreachable");
  fails = false;
  expect(await recall("a")).toBe("write");
  expect(asked).toEqual(["a", "b", "a", "a"]);
});
