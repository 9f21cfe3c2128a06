import { describe, expect, onTestFinished, test } from "vitest";
import type { Jobs, JobsOptions } from "../../../src/daemon/jobs/jobs.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";

const HOUR = 3_600_000;

/** A pass that has begun and waits to be told how it ends. */
interface Begun {
  readonly target: string;
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: unknown) => void;
}

/** Passes that end when the test says so. */
function createPasses() {
  const begun: Begun[] = [];
  let isOver = false;
  const work = (target: string, signal: AbortSignal) =>
    new Promise<void>((end, fail) => {
      if (isOver) end();
      else begun.push({ target, signal, end, fail });
    });
  const endAll = () => {
    isOver = true;
    for (const { end } of begun) end();
  };
  const targets = () => begun.map(({ target }) => target);
  /** The pass with this number, from 0, once it has begun. */
  const nth = async (index: number): Promise<Begun> => {
    await expect.poll(() => begun.length).toBeGreaterThan(index);
    return begun[index] ?? expect.fail();
  };
  return { work, targets, nth, endAll };
}

type MakeJobs = (options: JobsOptions) => Jobs | Promise<Jobs>;

/** What jobs promise, as tests that every kind has to pass. `make` gives jobs with nothing to do. */
export function describeJobs(kind: string, make: MakeJobs): void {
  const open = async (options: Partial<JobsOptions> = {}) => {
    const errors: (readonly [unknown, string | null])[] = [];
    const jobs = await make({ onError: (...error) => errors.push(error), retryMs: 10, slowMs: HOUR, ...options });
    const passes = createPasses();
    onTestFinished(() => {
      passes.endAll();
      return jobs.stop();
    });
    return { jobs, errors, ...passes };
  };

  describe(`jobs ${kind}`, () => {
    test("a target that is asked for again and again while its pass runs has one more afterwards", async () => {
      const { jobs, work, nth, targets } = await open();
      await jobs.start(work);
      await jobs.request("prod");
      const first = await nth(0);
      for (let count = 0; count < 5; count += 1) await jobs.request("prod");
      await jobs.request("dev");
      (await nth(1)).end();
      expect(targets()).toEqual(["prod", "dev"]);
      first.end();
      (await nth(2)).end();
      await jobs.request("last");
      await expect.poll(() => targets().at(-1)).toBe("last");
      // Where another wish arrives in the instant in which the pass ends, there is one more; never one for each.
      expect(targets().slice(0, 3)).toEqual(["prod", "dev", "prod"]);
      expect(targets().slice(3, -1).length).toBeLessThan(2);
    });

    test("targets run side by side, as many at once as are allowed, and none is forgotten", async () => {
      const { jobs, work, nth, targets } = await open({ concurrency: 2 });
      await jobs.start(work);
      for (const target of ["a", "b", "c", "d"]) await jobs.request(target);
      const [first, second] = [await nth(0), await nth(1)];
      expect(targets().toSorted()).toEqual(["a", "b"]);
      second.end();
      (await nth(2)).end();
      (await nth(3)).end();
      expect(targets().toSorted()).toEqual(["a", "b", "c", "d"]);
      first.end();
    });

    test("a pass that turns out to be slow leaves its place to another target", async () => {
      const { jobs, work, nth, targets } = await open({ concurrency: 1, slowMs: 1 });
      await jobs.start(work);
      await jobs.request("slow");
      await nth(0);
      await jobs.request("light");
      (await nth(1)).end();
      expect(targets()).toEqual(["slow", "light"]);
    });

    test("what is wanted later waits; wanted now, it is brought forward, and that was the one wish", async () => {
      const { jobs, work, nth, targets } = await open();
      await jobs.start(work);
      await jobs.request("later", { delayMs: HOUR });
      await jobs.request("later", { delayMs: 2 * HOUR });
      await jobs.request("now");
      (await nth(0)).end();
      expect(targets()).toEqual(["now"]);
      await jobs.request("later");
      (await nth(1)).end();
      await jobs.request("last");
      await nth(2);
      expect(targets()).toEqual(["now", "later", "last"]);
    });

    test("a pass that finds the lease taken is tried again until it gets it; that is no error", async () => {
      const { jobs, errors, work, nth, targets } = await open();
      await jobs.start(work);
      await jobs.request("prod");
      const held = new OperationalError("lease_held", "Another run is writing.", { next: "wait" });
      for (const index of [0, 1, 2]) (await nth(index)).fail(held);
      (await nth(3)).end();
      expect([targets(), errors]).toEqual([["prod", "prod", "prod", "prod"], []]);
    });

    test("a pass that has to wait for anything else is tried again as well, and told each time", async () => {
      const { jobs, errors, work, nth, targets } = await open();
      await jobs.start(work);
      await jobs.request("prod");
      const missing = new OperationalError("secret_missing", "A secret is missing.", { next: "wait" });
      (await nth(0)).fail(missing);
      (await nth(1)).end();
      await expect.poll(() => errors).toEqual([[missing, "prod"]]);
      expect(targets()).toEqual(["prod", "prod"]);
    });

    test("a pass that throws is told and not repeated; others go on", async () => {
      const { jobs, errors, work, nth, targets } = await open();
      await jobs.start(work);
      await jobs.request("prod");
      (await nth(0)).fail(new Error("broken"));
      await jobs.request("dev");
      (await nth(1)).end();
      // Another target waits for neither the end of the first one nor its report.
      await expect.poll(() => errors).toEqual([[new Error("broken"), "prod"]]);
      expect(targets()).toEqual(["prod", "dev"]);
    });

    test("what was asked for before the start is done then", async () => {
      const { jobs, work, nth } = await open();
      await jobs.request("prod");
      await jobs.start(work);
      expect((await nth(0)).target).toBe("prod");
    });

    test("to stop aborts what runs, waits for its end, and starts nothing more", async () => {
      const { jobs, work, nth, targets } = await open({ concurrency: 1 });
      await jobs.start(work);
      await jobs.request("prod");
      await jobs.request("dev");
      const first = await nth(0);
      let hasStopped = false;
      const stopping = jobs.stop().then(() => {
        hasStopped = true;
      });
      await expect.poll(() => first.signal.aborted).toBe(true);
      expect(hasStopped).toBe(false);
      first.end();
      await stopping;
      expect(targets()).toEqual(["prod"]);
    });
  });
}
