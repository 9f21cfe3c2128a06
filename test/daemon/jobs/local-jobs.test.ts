import { expect, onTestFinished, test } from "vitest";
import { createLocalJobs } from "../../../src/daemon/jobs/create-local-jobs.ts";
import { createHandClock } from "../../store/hand-clock.ts";
import { describeJobs } from "./describe-jobs.ts";

const MINUTE = 60_000;

describeJobs("in process", createLocalJobs);

/** Jobs whose time is moved by hand, a minute at a time, and the passes they begin. */
async function open(start: string) {
  const clock = createHandClock();
  const begin = Date.parse(start);
  const now = () => begin + clock.now();
  const passes: string[] = [];
  const jobs = createLocalJobs({ clock, now, onError: expect.fail });
  onTestFinished(() => jobs.stop());
  await jobs.start(async (target) => void passes.push(`${target} ${new Date(now()).toISOString().slice(0, 16)}`));
  const pass = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      clock.advance(MINUTE);
      await new Promise(setImmediate);
    }
  };
  return { jobs, passes, pass };
}

test("of several wishes for later the earliest counts, and one pass answers them all", async () => {
  const { jobs, passes, pass } = await open("2026-11-01T12:00:00Z");
  await jobs.request("prod", { delayMs: 5 * MINUTE });
  await jobs.request("prod", { delayMs: 3 * MINUTE });
  await jobs.request("prod", { delayMs: 9 * MINUTE });
  await pass(20);
  expect(passes).toEqual(["prod 2026-11-01T12:03"]);
});

test("a schedule is by the clock of its time zone, also when that is set back", async () => {
  const { jobs, passes, pass } = await open("2026-10-24T12:00:00Z");
  await jobs.schedule("prod", "30 6 * * *", "Europe/Berlin");
  await pass(3 * 24 * 60);
  // Summer time ends on the 25th.
  expect(passes).toEqual(["prod 2026-10-25T05:30", "prod 2026-10-26T05:30", "prod 2026-10-27T05:30"]);
});

test("a schedule takes the place of the one before, and none ends it; other targets keep theirs", async () => {
  const { jobs, passes, pass } = await open("2026-11-01T12:00:30Z");
  await jobs.schedule("prod", "* * * * *", "UTC");
  await jobs.schedule("prod", "*/5 * * * *", "UTC");
  await jobs.schedule("dev", "*/7 * * * *", "UTC");
  await pass(8);
  await jobs.schedule("prod", null, "UTC");
  await pass(8);
  expect(passes).toEqual(["prod 2026-11-01T12:05", "dev 2026-11-01T12:07", "dev 2026-11-01T12:14"]);
});

test.each([
  ["every morning", "UTC"],
  ["* * * * * *", "UTC"],
  ["0 6 * * *", "Mars/Olympus"],
])("the schedule %j in %s is refused, and says what to write", async (cron, zone) => {
  const { jobs } = await open("2026-11-01T12:00:00Z");
  await expect(jobs.schedule("prod", cron, zone)).rejects.toMatchObject({
    code: "schedule",
    message: expect.stringContaining("Write five fields"),
  });
});
