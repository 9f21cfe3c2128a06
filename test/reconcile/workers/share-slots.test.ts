import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shareSlots, type TaskOwner } from "../../../src/reconcile/workers/share-slots.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 300),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};
const LONG_MS = 10;
const SLOW_MS = 1_000;
/** Its own repository, and no task of it is long. */
const HONEST: TaskOwner = { target: "honest", repository: "honest" };

/** One task: when it comes, and how long it takes. */
interface Job {
  readonly owner: TaskOwner;
  readonly at: number;
  readonly takes: number;
}

/** What became of one. */
interface Course extends Job {
  readonly begun: number[];
  ended: number | null;
}

const arbitraryOwner: fc.Arbitrary<TaskOwner> = fc
  .record({ repository: fc.integer({ min: 1, max: 3 }), target: fc.integer({ min: 1, max: 4 }) })
  .map(({ repository, target }) => ({ repository: `r${repository}`, target: `r${repository}/t${target}` }));
const arbitraryJobs = fc
  .record({
    others: fc.array(fc.record({ owner: arbitraryOwner, at: fc.nat(300), takes: fc.integer({ min: 1, max: 200 }) }), {
      minLength: 1,
      maxLength: 40,
    }),
    honest: fc.array(fc.record({ at: fc.nat(300), takes: fc.integer({ min: 1, max: LONG_MS - 1 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ others, honest }): readonly Job[] => [...others, ...honest.map((job) => ({ ...job, owner: HONEST }))]);

/** Does all jobs by a virtual clock. `look` sees what runs and waits at each moment. */
async function play(
  slots: number,
  jobs: readonly Job[],
  look: (now: number, running: ReadonlySet<Course>, courses: readonly Course[]) => void = () => undefined,
): Promise<readonly Course[]> {
  const clock = createVirtualClock();
  const shared = shareSlots({ slots, longMs: LONG_MS, slowMs: SLOW_MS, clock });
  const courses: Course[] = [];
  for (const job of jobs) {
    clock.after(job.at, () => {
      const course: Course = { ...job, begun: [], ended: null };
      courses.push(course);
      const work = (giveWay: AbortSignal) =>
        new Promise<void>((resolve, reject) => {
          course.begun.push(clock.now());
          const cancel = clock.after(job.takes, resolve);
          giveWay.addEventListener("abort", () => {
            cancel();
            running.delete(course);
            reject(new Error("ended"));
          });
          running.add(course);
        });
      shared.use(job.owner, work, undefined).then(() => {
        course.ended = clock.now();
        running.delete(course);
      });
    });
  }
  const running = new Set<Course>();
  await clock.run(() => {
    expect(running.size).toBeLessThanOrEqual(slots);
    look(clock.now(), running, courses);
  });
  return courses;
}

describe("slots", () => {
  test("are given to all in the end, and nothing is begun more than twice", async () => {
    const seen = { twice: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), arbitraryJobs, async (slots, jobs) => {
        const courses = await play(slots, jobs);
        expect(courses).toHaveLength(jobs.length);
        for (const { begun, ended, takes } of courses) {
          expect([1, 2]).toContain(begun.length);
          expect(ended).toBe((begun.at(-1) ?? 0) + takes);
          seen.twice += begun.length - 1;
        }
      }),
      SETTINGS,
    );
    expect(seen.twice).toBeGreaterThan(10);
  });

  test("are never all held by long tasks while one of a target without long ones waits", async () => {
    const seen = { waiting: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), arbitraryJobs, async (slots, jobs) => {
        await play(slots, jobs, (now, running, courses) => {
          if (!courses.some(({ owner, begun }) => owner === HONEST && begun.length === 0)) return;
          seen.waiting += 1;
          expect(running.size).toBe(slots);
          const long = [...running].filter(({ begun }) => now - (begun.at(-1) ?? 0) >= LONG_MS);
          expect(long.length).toBeLessThan(slots);
        });
      }),
      SETTINGS,
    );
    expect(seen.waiting).toBeGreaterThan(50);
  });

  test("come to a target without long tasks after at most one task of each other repository, and soon", async () => {
    const seen = { waited: 0 };
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 4 }), arbitraryJobs, async (slots, jobs) => {
        const courses = await play(slots, jobs);
        const repositories = new Set(jobs.map(({ owner }) => owner.repository)).size - 1;
        let free = 0;
        for (const { at, begun, ended } of courses.filter(({ owner }) => owner === HONEST)) {
          // Its own tasks before it are its own matter.
          const from = Math.max(at, free);
          const waited = (begun[0] ?? Infinity) - from;
          expect(waited).toBeLessThanOrEqual((repositories + 1) * LONG_MS);
          const between = courses.flatMap(({ owner, begun: moments }) =>
            owner === HONEST
              ? []
              : moments.filter((moment) => moment > from && moment < (begun[0] ?? 0)).map(() => owner),
          );
          const counts = Map.groupBy(between, ({ repository }) => repository);
          for (const given of counts.values()) expect(given.length).toBeLessThanOrEqual(1);
          if (waited > 0) seen.waited += 1;
          free = Math.max(free, ended ?? Infinity);
        }
      }),
      SETTINGS,
    );
    expect(seen.waited).toBeGreaterThan(10);
  });

  test("are not waited for any more once the signal of what waits is aborted, and what ran on is not asked to give way for it", async () => {
    const clock = createVirtualClock();
    const shared = shareSlots({ slots: 2, longMs: LONG_MS, clock });
    const stop = new AbortController();
    const gaveWay: string[] = [];
    const never = (name: string) => (giveWay: AbortSignal) => {
      giveWay.addEventListener("abort", () => gaveWay.push(name));
      return new Promise<never>(() => undefined);
    };
    for (const target of ["a", "b"]) {
      void shared.use({ target, repository: "evil" }, never(target), undefined);
    }
    const pending = shared.use(HONEST, never("honest"), stop.signal);
    stop.abort();
    await expect(pending).rejects.toMatchObject({ code: "ended_early" });
    await clock.run(() => undefined);
    expect(gaveWay).toEqual([]);
    await expect(shared.use(HONEST, never("honest"), stop.signal)).rejects.toMatchObject({ code: "ended_early" });
  });

  test("are never all given to tasks of targets that had a long one, until that is long ago", async () => {
    const others = ["a", "b", "c"].map((target) => ({ target, repository: target }));
    const first = others.map((owner, index) => ({ owner, at: index * 100, takes: LONG_MS + 1 }));
    const again = (at: number) => others.map((owner) => ({ owner, at, takes: LONG_MS + 1 }));
    const seen = new Map<number, number>();
    await play(2, [...first, ...again(400), ...again(400 + 2 * SLOW_MS)], (now, running) => {
      const phase = Math.floor(now / SLOW_MS);
      seen.set(phase, Math.max(seen.get(phase) ?? 0, now < 400 ? 0 : running.size));
    });
    expect([seen.get(0), seen.get(2)]).toEqual([1, 2]);
  });

  test("hand on what the work gives and throws", async () => {
    const shared = shareSlots({ slots: 2 });
    expect(await shared.use(HONEST, async () => 1, undefined)).toBe(1);
    const broken = async () => {
      throw new Error("broken");
    };
    await expect(shared.use(HONEST, broken, undefined)).rejects.toThrow("broken");
    expect(await shared.use(HONEST, async () => 2, undefined)).toBe(2);
  });
});
