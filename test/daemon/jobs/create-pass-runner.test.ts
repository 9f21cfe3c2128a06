import fc from "fast-check";
import { expect, test } from "vitest";
import { createPassRunner, LATELY_MS } from "../../../src/daemon/jobs/create-pass-runner.ts";
import { createHandClock } from "../../store/hand-clock.ts";

const SLOW_MS = 5_000;

/** Passes that end when the test says so. */
function open(concurrency: number) {
  const clock = createHandClock();
  const ends = new Map<string, () => void>();
  let freed = 0;
  const runner = createPassRunner((target) => new Promise((end) => ends.set(target, end)), {
    ...{ concurrency, slowMs: SLOW_MS, clock },
    onError: expect.fail,
    onFree: () => {
      freed += 1;
    },
  });
  const atRest = () => new Promise(setImmediate);
  return {
    ...{ runner, ends },
    freed: () => freed,
    begin: (...targets: readonly string[]) => {
      for (const target of targets) {
        expect([target, runner.mayRun(target)]).toEqual([target, true]);
        void runner.run(target);
      }
    },
    end: async (target: string) => {
      ends.get(target)?.();
      ends.delete(target);
      await atRest();
    },
    advance: async (milliseconds: number) => {
      clock.advance(milliseconds);
      await atRest();
    },
  };
}

test("passes that turn out to be slow leave their places to others, as long as there are places for slow ones", async () => {
  const { runner, begin, end, advance, freed } = open(2);
  begin("a", "b");
  expect([runner.free(), runner.mayRun("c"), freed()]).toEqual([0, false, 0]);
  await advance(SLOW_MS);
  expect([runner.free(), freed()]).toEqual([2, 2]);
  begin("c", "d");
  await advance(SLOW_MS);
  // All four are slow, and two of them are where slow ones go.
  expect([runner.free(), runner.mayRun("e")]).toEqual([0, false]);
  await end("a");
  expect([runner.free(), freed()]).toEqual([1, 3]);
});

test("a target that was slow begins among the slow ones, until it is not slow any more", async () => {
  const { runner, begin, end, advance } = open(2);
  begin("a", "b");
  await advance(SLOW_MS);
  await end("a");
  begin("c");
  await advance(SLOW_MS);
  // Those for slow ones are taken, all others are free.
  expect([runner.free(), runner.mayRun("a"), runner.mayRun("new")]).toEqual([2, false, true]);
  await end("b");
  begin("a");
  expect([runner.free(), runner.mayRun("b")]).toEqual([2, false]);
  await end("a");
  begin("a", "b");
  // What was not slow this time counts as any other.
  expect(runner.free()).toBe(1);
});

test("targets that are slow every other time leave a quarter of the places to those that were not slow lately", async () => {
  const { runner, begin, end, advance } = open(4);
  const alternating = ["a", "b", "c", "d", "e", "f", "g", "h"];
  begin("a", "b", "c", "d");
  await advance(SLOW_MS);
  begin("e", "f", "g", "h");
  await advance(SLOW_MS);
  for (const target of alternating) await end(target);
  // Each of them is fast once, and slow again.
  for (const target of alternating) {
    begin(target);
    await end(target);
  }
  begin("a", "b", "c");
  expect([runner.free(), runner.mayRun("d"), runner.mayRun("new")]).toEqual([1, false, true]);
  await advance(SLOW_MS);
  begin("d", "e", "f");
  expect([runner.mayRun("g"), runner.mayRun("new")]).toEqual([false, true]);
  for (const target of ["a", "b", "c", "d", "e", "f"]) await end(target);
  await advance(LATELY_MS);
  begin("g", "h", "d", "e");
  expect(runner.free()).toBe(0);
});

type Act =
  | { readonly kind: "begin"; readonly target: string }
  | { readonly kind: "end"; readonly target: string }
  | { readonly kind: "advance"; readonly ms: number };

const targets = fc.constantFrom(..."abcdefgh");
const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant("begin" as const), target: targets }),
  fc.record({ kind: fc.constant("begin" as const), target: targets }),
  fc.record({ kind: fc.constant("end" as const), target: targets }),
  fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1_000, 2_500, SLOW_MS) }),
);

test("in any order of passes, a target that was not slow waits for others that are not, or for more slow ones than have places", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 1, maxLength: 60 }), async (given) => {
      const places = 2;
      const { runner, begin, end, advance, ends } = open(places);
      const ages = new Map<string, number>();
      const wasSlow = new Set<string>();
      const isSlow = (target: string) => (ages.get(target) ?? 0) >= SLOW_MS;
      for (const act of given) {
        if (act.kind === "begin" && runner.mayRun(act.target)) {
          begin(act.target);
          ages.set(act.target, 0);
        }
        if (act.kind === "end" && ends.has(act.target)) {
          if (isSlow(act.target)) wasSlow.add(act.target);
          else wasSlow.delete(act.target);
          ages.delete(act.target);
          await end(act.target);
        }
        if (act.kind === "advance") {
          for (const [target, age] of ages) ages.set(target, age + act.ms);
          await advance(act.ms);
        }
        const running = [...ages.keys()];
        expect(running.length).toBeLessThanOrEqual(2 * places);
        const aside = running.filter((target) => isSlow(target) || wasSlow.has(target));
        const unknown = running.filter((target) => !aside.includes(target));
        expect(unknown.length).toBeLessThanOrEqual(places);
        // Whoever is not known to be slow may begin unless that many others hold the places, or slow ones have no other place.
        const overflow = Math.max(0, aside.length - places);
        expect(runner.free()).toBe(places - unknown.length - overflow);
      }
    }),
    { numRuns: 300, seed: 51 },
  );
});
