import { expect, test } from "vitest";
import { limitTime, untilAborted } from "../../../src/systems/http/until-aborted.ts";

const never = () => new Promise<never>(() => {});

test("what takes longer than it may is ended with what to check", async () => {
  const limited = limitTime(new AbortController().signal, 1);
  await expect(untilAborted(never, limited)).rejects.toMatchObject({
    code: "reading_too_long",
    next: "retry",
    message: expect.stringContaining("Check that the servers answer"),
  });
  // What begins afterwards does not run.
  await expect(untilAborted(() => expect.unreachable(), limited)).rejects.toMatchObject({ code: "reading_too_long" });
});

test("what is ended from outside was ended early, with a limit of time or without", async () => {
  const stop = new AbortController();
  const waiting = [stop.signal, limitTime(stop.signal, 2 ** 30)].map((signal) => untilAborted(never, signal));
  stop.abort();
  for (const ended of waiting) await expect(ended).rejects.toMatchObject({ code: "ended_early", next: "retry" });
});

test("an error of what was ended is not told in its place", async () => {
  const stop = new AbortController();
  const failing = untilAborted(async () => {
    stop.abort();
    throw new Error("socket hang up");
  }, stop.signal);
  await expect(failing).rejects.toMatchObject({ code: "ended_early" });
});

test("what is done in time is given", async () => {
  expect(await untilAborted(async () => 7, limitTime(new AbortController().signal, 2 ** 30))).toBe(7);
  expect(await untilAborted(async () => 7, undefined)).toBe(7);
});
