import { expect, test } from "vitest";
import { createTurns } from "../../../src/systems/http/create-turns.ts";

/** A clock on which only work and rests take time. */
function openClock() {
  const clock = { now: 0, spent: 0, rests: [] as number[] };
  const held = [Promise.withResolvers<void>()];
  const { take, enter } = createTurns({
    now: () => clock.now,
    spent: () => clock.spent,
    rest: async (ms) => {
      clock.rests.push(ms);
      await held[0]?.promise;
      clock.now += ms;
    },
  });
  const done: string[] = [];
  const work = (name: string, ms: number) =>
    take(() => {
      clock.now += ms;
      clock.spent += ms;
      done.push(name);
      if (name === "failed") throw new Error(name);
      return name;
    });
  /** As a library does it, from one promise to the next. */
  const another = async (name: string, ms: number) => {
    await enter();
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    clock.now += ms;
    clock.spent += ms;
    done.push(name);
  };
  return { clock, done, work, another, wake: () => held[0]?.resolve() };
}

test("what takes long is followed by a rest of three times as long, for which the next waits, in order", async () => {
  const { clock, done, work, wake } = openClock();
  expect(await work("first", 100)).toBe("first");
  const [second, third] = [work("second", 0), work("third", 0)];
  await expect.poll(() => clock.rests).toEqual([300]);
  expect(done).toEqual(["first"]);
  wake();
  expect(await Promise.all([second, third])).toEqual(["second", "third"]);
  expect(done).toEqual(["first", "second", "third"]);
  expect(clock.rests).toEqual([300]);
});

test("what takes little now and then, or comes after the rest, waits for nothing", async () => {
  const { clock, work } = openClock();
  for (let count = 0; count < 1000; count += 1) {
    await work("short", 1);
    clock.now += 3;
  }
  await work("long", 100);
  clock.now += 300;
  await work("later", 100);
  expect(clock.rests).toEqual([]);
});

test("many short pieces without a break rest like one long one", async () => {
  const { clock, work, wake } = openClock();
  wake();
  for (let count = 0; count < 1000; count += 1) await work("short", 10);
  const rested = clock.rests.reduce((sum, ms) => sum + ms, 0);
  expect(rested).toBeGreaterThan(0.65 * clock.now);
});

test("what fails had its turn as well, and no rest is longer than five seconds", async () => {
  const { clock, work, wake } = openClock();
  wake();
  await expect(work("failed", 60_000)).rejects.toThrow("failed");
  expect(await work("next", 0)).toBe("next");
  expect(clock.rests).toEqual([5_000]);
});

test("what a library does in its turn counts, however many promises it takes, and the next waits for it", async () => {
  const { clock, done, work, another, wake } = openClock();
  const all = Promise.all([another("first", 100), another("second", 100), work("third", 0)]);
  await expect.poll(() => clock.rests).toEqual([300]);
  expect(done).toEqual(["first"]);
  wake();
  await all;
  expect(done).toEqual(["first", "second", "third"]);
  expect(clock.rests).toEqual([300, 300]);
});
