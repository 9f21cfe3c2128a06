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
  let spent = 0;
  const pace = paceReads({
    spent: () => spent,
    rest: async (ms) => {
      rests.push(ms);
      await new Promise<void>((resolve) => void resting.push(resolve));
    },
  });
  const readOne = (resource: string, { caller = "a", key = "", ms = 600 } = {}) =>
    pace({ resource, key, caller }, async () => {
      read.push(`${resource} ${key}`);
      spent += ms;
      return `${resource} ${key}`;
    });
  return { readOne, read, rests, goOn: () => resting.shift()?.() };
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
  const many = Array.from({ length: 50 }, (_, index) => readOne("plan", { key: `${index}` }));
  const other = readOne("plan", { caller: "b", key: "b" });
  for (const [index, one] of many.slice(0, 2).entries()) {
    await one;
    await expect.poll(() => rests.length).toBe(index + 1);
    goOn();
  }
  await other;
  expect(read).toEqual(["plan ", "plan 0", "plan 1", "plan b"]);
});

test("equal reads share an answer, and what is refused is refused for who asked alone", async () => {
  const { readOne, read } = openReads();
  const pace = paceReads({ spent: () => 0, rest: async () => undefined });
  const refuse = async () => {
    throw new Error("unreachable");
  };
  await expect(pace({ resource: "plan", key: "a", caller: "a" }, refuse)).rejects.toThrow("unreachable");
  expect(await pace({ resource: "plan", key: "a", caller: "a" }, async () => "read")).toBe("read");
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
