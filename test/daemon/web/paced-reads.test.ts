import { expect, onTestFinished, test } from "vitest";
import { paceReads } from "../../../src/daemon/web/answers/pace-reads.ts";
import { ask } from "./ask.ts";
import { buildRequests } from "./build-requests.ts";
import { NOW } from "./build-targets.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { serveFake } from "./serve-fake.ts";

/** Reads that take as long as they are told to, by a clock that they move, and rests that end when they are told to. */
function openReads() {
  const [read, rests]: [string[], number[]] = [[], []];
  const resting: (() => void)[] = [];
  let [spent, now] = [0, 0];
  const pace = paceReads({
    now: () => now,
    spent: () => spent,
    rest: async (ms) => {
      rests.push(ms);
      await new Promise<void>((resolve) => void resting.push(resolve));
    },
  });
  const readOne = (resource: string, { caller = "a", key = "", ms = 600, isGone = false } = {}) =>
    pace({ resource, key, caller, isGone: () => isGone }, async () => {
      read.push(`${resource} ${key}`);
      spent += ms;
      if (key === "broken") throw new Error("unreachable");
      return `${resource} ${key}`;
    });
  const pass = (ms: number) => {
    now += ms;
  };
  return { readOne, read, rests, goOn: () => resting.shift()?.(), pass };
}

test("what took long is read one after the other, with a rest after each that leaves most of the thread to all else", async () => {
  const { readOne, read, rests, goOn } = openReads();
  await readOne("plan", { key: "first" });
  expect(rests).toEqual([]);
  const others = Array.from({ length: 3 }, (_, index) => readOne("plan", { key: `${index}` }));
  await others[0];
  await expect.poll(() => rests).toEqual([1800]);
  expect(read).toEqual(["plan first", "plan 0"]);
  // What is not known to take long does not wait.
  expect(await readOne("short", { ms: 1 })).toBe("short ");
  goOn();
  await others[1];
  expect(read).toEqual(["plan first", "plan 0", "short ", "plan 1"]);
  await expect.poll(() => rests.length).toBe(2);
  goOn();
  await others[2];
  await expect.poll(() => rests.length).toBe(3);
  goOn();
});

test("who asks for one has a turn after one of each other caller, however many another one asks for", async () => {
  const { readOne, read, rests, goOn } = openReads();
  await readOne("plan");
  const many = Array.from({ length: 10 }, (_, index) => readOne("plan", { key: `${index}` }));
  const other = readOne("plan", { caller: "b", key: "b" });
  for (const [index, one] of many.slice(0, 2).entries()) {
    await one;
    await expect.poll(() => rests.length).toBe(index + 1);
    goOn();
  }
  await other;
  expect(read).toEqual(["plan ", "plan 0", "plan 1", "plan b"]);
});

test("who asks for what another one waits for has a turn of their own for it", async () => {
  const { readOne, read, rests, goOn } = openReads();
  await readOne("plan");
  const many = Array.from({ length: 9 }, (_, index) => readOne("plan", { key: `${index}` }));
  const [last, same] = [readOne("plan", { key: "b" }), readOne("plan", { key: "b", caller: "b" })];
  for (const [index, one] of many.slice(0, 2).entries()) {
    await one;
    await expect.poll(() => rests.length).toBe(index + 1);
    goOn();
  }
  expect([await same, await last]).toEqual(["plan b", "plan b"]);
  for (const [index, one] of many.slice(2).entries()) {
    await expect.poll(() => rests.length).toBe(index + 3);
    goOn();
    await one;
  }
  // The turn of who asked for it first has nothing left to do.
  const those = [0, 1, "b", 2, 3, 4, 5, 6, 7, 8].map((key) => `plan ${key}`);
  expect(read).toEqual(["plan ", ...those]);
});

test("what nobody waits for any more is not read, unless another one does", async () => {
  const { readOne, read, rests, goOn } = openReads();
  await readOne("plan");
  const first = readOne("plan", { key: "0" });
  const gone = Array.from({ length: 5 }, (_, index) => readOne("plan", { key: `gone ${index}`, isGone: true }));
  const shared = readOne("plan", { key: "gone 3", caller: "b" });
  const ended = Promise.allSettled(gone);
  await first;
  await expect.poll(() => rests.length).toBe(1);
  goOn();
  expect(await shared).toBe("plan gone 3");
  await expect.poll(() => rests.length).toBe(2);
  goOn();
  expect((await ended).map(({ status }) => status)).toEqual(
    Array.from({ length: 5 }, (_, index) => (index === 3 ? "fulfilled" : "rejected")),
  );
  expect(read).toEqual(["plan ", "plan 0", "plan gone 3"]);
});

test("who waits for too many has no further turn, and all together wait for no more than may be", async () => {
  const { readOne } = openReads();
  await readOne("plan");
  const callers = Array.from({ length: 21 }, (_, index) => `caller ${index}`);
  const askFor = (caller: string, count: number) =>
    Array.from({ length: count }, (_, index) => readOne("plan", { caller, key: `${caller} ${index}` }));
  const [first = "", ...others] = callers;
  await readOne("plan", { key: "now" });
  askFor(first, 10);
  await expect(readOne("plan", { caller: first, key: "more" })).rejects.toMatchObject({ code: "rate_limited" });
  for (const caller of others.slice(0, 19)) askFor(caller, 10);
  await expect(readOne("plan", { caller: others[19] ?? "", key: "last" })).rejects.toMatchObject({
    code: "overloaded",
  });
});

test("what takes long stays known when a part of it was read, or a read of it failed, until it takes short itself, or for some minutes", async () => {
  const { readOne, rests, goOn, pass } = openReads();
  await readOne("plan", { key: "whole" });
  await readOne("plan", { key: "part", ms: 1 });
  await expect(readOne("plan", { key: "broken", ms: 1 })).rejects.toThrow("unreachable");
  await readOne("plan", { key: "whole", ms: 100 });
  // Of two times the smaller one is its own.
  await expect.poll(() => rests).toEqual([300]);
  goOn();
  await readOne("plan", { key: "whole", ms: 1 });
  await readOne("plan", { key: "whole" });
  expect(rests).toEqual([300]);
  pass(600_000);
  await readOne("plan", { key: "part" });
  expect(rests).toEqual([300]);
});

test("equal reads share an answer, and what is refused is refused for who asked alone", async () => {
  const { readOne, read } = openReads();
  const pace = paceReads({ now: () => 0, spent: () => 0, rest: async () => undefined });
  const asked = { resource: "plan", key: "a", caller: "a", isGone: () => false };
  const refuse = async () => {
    throw new Error("unreachable");
  };
  await expect(pace(asked, refuse)).rejects.toThrow("unreachable");
  expect(await pace(asked, async () => "read")).toBe("read");
  await Promise.all(Array.from({ length: 250 }, () => readOne("plan")));
  expect(read).toHaveLength(2);
});

test("a page that very many ask for at the same time, in whatever spelling, is read and rendered twice", async () => {
  const service = createFakeService({ targets: buildWorld(), requests: buildRequests() });
  const read = service.request;
  const held = Promise.withResolvers<void>();
  let [reads, asked] = [0, 0];
  const request: typeof read = async (target, number) => {
    reads += 1;
    await held.promise;
    return read(target, number);
  };
  // Each request for a page looks at the clock once.
  const now = () => {
    asked += 1;
    return NOW;
  };
  const served = await serveFake(Object.assign(service, { request }), {}, { now });
  onTestFinished(() => served.close());
  const pages = Array.from({ length: 40 }, (_, index) =>
    ask(`${served.url}/targets/production/requests/${index % 2 === 0 ? "1" : "%31"}?x=${index}`),
  );
  await expect.poll(() => Math.max(reads, asked)).toBe(40);
  held.resolve();
  const texts = new Set((await Promise.all(pages)).map(({ text }) => text));
  expect([...texts][0]).toContain("Pull request #1");
  expect([texts.size, reads]).toEqual([1, 2]);
});
