import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recallStore } from "../../../src/apply/recall.ts";
import { dropReferences } from "../../../src/manifests/drop-references.ts";
import { READ_LIMITS, readFolder } from "../../../src/manifests/folder/read-folder.ts";
import { hasErrors, loadKnown } from "../../../src/manifests/load-desired.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { GENERATIONS } from "../../../src/model/objects/live.ts";
import { computeRouted } from "../../../src/reconcile/compute-routed.ts";
import { readLive } from "../../../src/reconcile/live/read-live.ts";
import { createRevisionCache, loadFiles, loadRevision } from "../../../src/reconcile/source/load-revision.ts";
import type { Source } from "../../../src/reconcile/source/source.ts";
import { createRunTask, type TaskLimits } from "../../../src/reconcile/workers/create-run-task.ts";
import { startWorker } from "../../../src/reconcile/workers/start-worker.ts";
import type { InputOf } from "../../../src/reconcile/workers/tasks.ts";
import type { Order } from "../../../src/reconcile/workers/worker.ts";
import { findSealedPaths } from "../../../src/sealing/find-sealed-paths.ts";
import { openBorder } from "../../../src/sealing/open-border.ts";
import { sealDesired, sealDesiredAt } from "../../../src/sealing/seal-desired.ts";
import { sealFiles } from "../../../src/sealing/seal-files.ts";
import { writeCaseFiles } from "../../manifests/write-case-files.ts";
import { arbitraryDesired } from "../../plan/arbitrary-desired.ts";
import { OPTIONS, openWorld, planWorld } from "../../plan/open-model.ts";
import { carryOut } from "../../plan/walk-plan.ts";
import { listChildren } from "../../set-up/list-processes.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { waitFor } from "../../set-up/wait-for.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const CASES = join(ROOT, "test", "manifests", "cases");
const EXAMPLE = join(ROOT, "examples", "flyte-config-repo");
const ORG = "acme";
const SETTINGS = {
  numRuns: Number(process.env.POOLKEEPER_PROPERTY_RUNS ?? 60),
  seed: Number(process.env.POOLKEEPER_PROPERTY_SEED ?? 1),
};

/** Does the tasks of one target. */
const openTasks = (limits?: TaskLimits) => createRunTask(limits)({ target: "prod", repository: "routing" });
/** Whatever its size, in a process of its own. */
const runApart = openTasks({ smallest: 0 });
const send = <Value>(value: Value): Value => deserialize(serialize(value));

const queues = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    return `---\nkind: Queue\nname: q${index}\nrun_concurrency: 1\naction_concurrency: 1\n`;
  }).join("");
const loadOf = (...texts: string[]): InputOf<"load"> => ({
  read: { files: texts.map((text, index) => ({ path: `queues-${index}.yaml`, text })), diagnostics: [] },
  org: ORG,
  known: new Map(),
});
/** The manifests of so many times 10,000 queues, each file just below the values that a file may have. */
const loadMany = (times: number) => loadOf(...Array.from({ length: times }, () => queues(10_000)));

const order = (given: Pick<Order, "input" | "timeMs">) =>
  serialize({ name: "load", mostBytes: 1_000_000, ...given } satisfies Order);
/** The processes whose flags name so much memory. */
const listWorkers = (memoryMb: number) => listChildren(`--max-old-space-size=${memoryMb} `, "/workers/worker.");

/** Kills the process with so much memory, once there is one that was not killed before. */
async function killWorker(memoryMb: number, killed: Set<number>, signal = "SIGKILL"): Promise<void> {
  const find = () => listWorkers(memoryMb).filter((pid) => !killed.has(pid));
  await waitFor(
    () => find().length > 0,
    () => "no process was started",
  );
  for (const pid of find()) {
    killed.add(pid);
    process.kill(pid, signal);
  }
}

async function readExample(): Promise<InputOf<"load">> {
  return { read: await readFolder(EXAMPLE), org: ORG, known: new Map() };
}

describe("what a task takes and gives", () => {
  test.each(readdirSync(CASES))("is plain data: the manifests of %s", async (situation) => {
    const folder = makeTemporaryFolder();
    const limits = { ...READ_LIMITS, ...writeCaseFiles(join(CASES, situation), folder) };
    const input = { read: await readFolder(folder, limits), org: ORG, known: new Map() };
    const here = loadKnown(input);
    expect(send(here)).toStrictEqual(here);
    // What was parsed before comes back from a process, and goes into the next one.
    const again = loadKnown(send({ ...input, known: here.parsed }));
    expect(again.loaded).toStrictEqual(here.loaded);
    expect([...again.parsed.keys()].filter((path) => here.parsed.has(path))).toEqual([]);
  });

  test.each(GENERATIONS)("is plain data: random worlds of %s with what is remembered of them", async (generation) => {
    const seen = { steps: 0, owned: 0 };
    await fc.assert(
      fc.asyncProperty(arbitraryDesired(generation), arbitraryDesired(generation), async (first, desired) => {
        const world = openWorld(generation);
        await carryOut(world, await planWorld(world, first));
        const memory = await recallStore(world.ledger);
        const input = { desired, live: await readLive(world.reader), memory, options: OPTIONS, revision: "r" };
        const here = computeRouted(input);
        expect(send(here)).toStrictEqual(here);
        expect(computeRouted(send(input))).toStrictEqual(here);
        seen.steps += here.body.steps.length;
        seen.owned += memory.owned.length;
      }),
      SETTINGS,
    );
    expect(Object.values(seen).every((count) => count > 10)).toBe(true);
  });
});

describe("a task in a process of its own", () => {
  test("gives what it gives here: reading, sealing, recalling, computing", async () => {
    const input = await readExample();
    const here = loadKnown(input);
    expect(hasErrors(here.loaded.diagnostics)).toBe(false);
    expect(await runApart("load", input, undefined)).toStrictEqual(here);

    const declared = dropReferences(here.loaded.desired);
    const sources = { key: Buffer.alloc(32, 7), patterns: [], desired: [declared], owned: [], remembered: {} };
    const border = openBorder(sources, (files) => runApart("seal", files, undefined));
    const sealed = await sealDesiredAt(border, declared);
    const local = openBorder(sources);
    expect(sealed).toStrictEqual(sealDesired(declared, local.vault));
    const texts = (desired: typeof sealed) =>
      desired.flyte_clusters.flatMap(({ files }) => files.map(({ text }) => text));
    expect(texts(sealed).map(border.vault.openText)).toEqual(texts(sealed).map(local.vault.openText));
    expect(border.vault.list()).toStrictEqual(local.vault.list());

    const open = {
      address: "flyte_clusters.flyte",
      path: "values.yaml",
      text: "db: { password: mark-0123 }\n",
    } as const;
    const files = (await local.sealFiles([open])).map((text) => ({ address: open.address, text }));
    const paths = findSealedPaths({ files });
    expect(paths).toEqual([["db.password"]]);
    expect(await runApart("recall", { files }, undefined)).toStrictEqual(paths);

    const world = openWorld("2026-11");
    const live = await readLive(world.reader);
    const memory = await recallStore(world.ledger);
    const compute = { desired: sealed, live, memory, options: OPTIONS, revision: null };
    expect(await runApart("compute", compute, undefined)).toStrictEqual(computeRouted(compute));
  });

  test("leaves this process to others, where the same here does not", async () => {
    /** How often the event loop went round while a promise was pending. */
    const countTurns = async (run: () => Promise<unknown>): Promise<number> => {
      let turns = 0;
      let isOver = false;
      const go = () => {
        turns += 1;
        if (!isOver) setImmediate(go);
      };
      setImmediate(go);
      await run();
      isOver = true;
      return turns;
    };
    const input = loadOf(queues(2_000));
    expect(await countTurns(() => openTasks({ smallest: Infinity })("load", input, undefined))).toBeLessThan(10);
    expect(await countTurns(() => openTasks()("load", input, undefined))).toBeGreaterThan(100);
  });

  test("is ended where it takes too long, and said to have been", async () => {
    const run = openTasks({ smallest: 0, timeMs: 0, timePerMillionMs: 0 });
    await expect(run("load", loadOf(queues(3_000)), undefined)).rejects.toMatchObject({
      code: "too_costly",
      message: expect.stringMatching(/^Reading the manifests took more than 0 seconds, and was stopped\. /),
    });
  });

  test("is ended where it takes too much memory, and the next one is done", async () => {
    const run = openTasks({ smallest: 0, memoryMb: 60 });
    await expect(run("load", loadMany(10), undefined)).rejects.toMatchObject({
      code: "too_costly",
      message: expect.stringMatching(/^Reading the manifests needed more than 60 MB of memory, and was stopped\. /),
    });
    expect((await run("load", loadOf(queues(3)), undefined)).loaded.manifests).toHaveLength(3);
  });

  test("is ended by its signal, and leaves no process", async () => {
    const stop = new AbortController();
    const mine = () => listWorkers(777);
    const pending = openTasks({ memoryMb: 777 })("load", loadMany(4), stop.signal);
    await waitFor(
      () => mine().length > 0,
      () => "no process was started",
    );
    stop.abort();
    await expect(pending).rejects.toMatchObject({ code: "ended_early" });
    expect(mine()).toEqual([]);
    await expect(runApart("load", loadOf(queues(1)), stop.signal)).rejects.toMatchObject({ code: "ended_early" });
  });

  test("is done by the process of the one before, and by another one at the same time", async () => {
    const count = () => listWorkers(778).length;
    const run = openTasks({ smallest: 0, memoryMb: 778 });
    for (const queuesOfIt of [1, 2, 3]) {
      expect((await run("load", loadOf(queues(queuesOfIt)), undefined)).loaded.manifests).toHaveLength(queuesOfIt);
      expect(count()).toBe(1);
    }
    const both = Promise.all([4, 5].map((some) => run("load", loadOf(queues(some)), undefined)));
    // While they work: the one that is done first does not wait for the other one's start, however long that takes.
    await waitFor(
      () => count() === 2,
      () => `There are ${count()} processes.`,
    );
    expect((await both).map(({ loaded }) => loaded.manifests.length)).toEqual([4, 5]);
  });

  test("ends by itself where nobody is left to end it", async () => {
    const entry = join(ROOT, "src", "reconcile", "workers", "worker.ts");
    expect(spawnSync(process.execPath, [entry], { input: "" }).status).toBe(0);
    const worker = startWorker(400);
    const answer = await worker.ask(order({ input: loadOf(queues(5_000)), timeMs: 1 }));
    expect(answer).toEqual({ kind: "late" });
    worker.end();
  });

  test("gets no variable of this process", async () => {
    const worker = startWorker(779);
    await worker.ask(order({ input: loadOf(queues(1)), timeMs: 60_000 }));
    const [pid] = listWorkers(779);
    const variables = readFileSync(`/proc/${pid}/environ`, "utf8");
    expect([
      Object.keys(process.env).length > 0,
      variables.replaceAll(/\b(?:PWD|OLDPWD|SHLVL|_)=[^\0]*\0/g, ""),
    ]).toEqual([true, ""]);
    expect(readFileSync(`/proc/${pid}/limits`, "utf8")).toMatch(/Max core file size +0 /);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim()).toBe("1000");
    worker.end();
  });

  test("is done by another process where somebody ended the one that was to do it, at rest or at work", async () => {
    const run = openTasks({ smallest: 0, memoryMb: 780 });
    await run("load", loadOf(queues(1)), undefined);
    await killWorker(780, new Set());
    expect((await run("load", loadOf(queues(2)), undefined)).loaded.manifests).toHaveLength(2);
    const pending = run("load", loadOf(queues(8_000)), undefined);
    await killWorker(780, new Set());
    expect((await pending).loaded.manifests).toHaveLength(8_000);
  });

  test("that is ended twice from outside fails for now, and nothing is remembered of that", async () => {
    const run = openTasks({ smallest: 0, memoryMb: 781 });
    const pending = run("load", loadOf(queues(8_000)), undefined);
    const killed = new Set<number>();
    const ended = expect(pending).rejects.toMatchObject({
      ...{ code: "task_ended", next: "retry" },
      message: expect.stringMatching(/^Reading the manifests was killed twice from outside \(SIGABRT\)/),
    });
    await killWorker(781, killed);
    // As Node ends itself where it gets no thread.
    await killWorker(781, killed, "SIGABRT");
    await ended;
    expect((await run("load", loadOf(queues(8_000)), undefined)).loaded.manifests).toHaveLength(8_000);
  });

  test("gives no more than a multiple of what it takes", async () => {
    const run = openTasks({ smallest: 0, answerBytes: -5_000 });
    await expect(run("load", loadOf(queues(1)), undefined)).rejects.toMatchObject({
      code: "too_costly",
      message: expect.stringMatching(/^Reading the manifests produced more than -?0 MB, and was stopped\. /),
    });
  });

  test("reads no more than a quarter of what its objects may take", async () => {
    const run = openTasks({ smallest: 0, memoryMb: 4 });
    await expect(run("load", loadOf(queues(20_000)), undefined)).rejects.toMatchObject({
      code: "too_costly",
      message: expect.stringMatching(/^Reading the manifests has more than 1 MB to read, and was stopped\. /),
    });
  });

  test("knows what is too large without writing it out", async () => {
    const run = openTasks({ smallest: 0, memoryMb: 4 });
    const written = Symbol("nothing writes a symbol");
    const input = { ...loadOf(queues(60_000)), written } as InputOf<"load">;
    await expect(run("load", input, undefined)).rejects.toMatchObject({ code: "too_costly" });
  });

  test("throws what it throws here", async () => {
    const world = openWorld("2026-11");
    const input: InputOf<"compute"> = {
      desired: dropReferences(loadKnown(loadOf(queues(1))).loaded.desired),
      live: await readLive(world.reader),
      memory: await recallStore(world.ledger),
      options: { ...OPTIONS, target: ["queue.nope"] },
      revision: null,
    };
    const thrown = (run: () => unknown) => {
      try {
        return run();
      } catch (error) {
        return error;
      }
    };
    const here = thrown(() => computeRouted(input)) as Error & { readonly code: string };
    expect(here.name).toBe("OperationalError");
    await expect(runApart("compute", input, undefined)).rejects.toMatchObject({
      name: "OperationalError",
      ...{ code: here.code, message: here.message, next: "stop" },
    });
    const broken = { files: [], names: null, key: Buffer.alloc(32) } as unknown as InputOf<"seal">;
    const defect = thrown(() => sealFiles(broken)) as Error;
    const run = openTasks({ smallest: -Infinity });
    await expect(run("seal", broken, undefined)).rejects.toMatchObject({
      message: defect.message,
      stack: expect.stringContaining("worker.ts"),
    });
  });
});

describe("manifests that cost too much", () => {
  const read = { files: [{ path: "q.yaml", text: queues(300), blob: "1" }], diagnostics: [] };

  test("are invalid, are read again ever more rarely, and hide no others", async () => {
    const run = openTasks({ smallest: 1_000, timeMs: 0, timePerMillionMs: 0 });
    const cache = createRevisionCache((input, signal) => run("load", input, signal));
    const tries: number[] = [];
    for (let look = 1; look <= 30; look += 1) {
      const { diagnostics, desired } = await loadFiles(read, { org: ORG, cache });
      expect(diagnostics).toEqual([expect.objectContaining({ severity: "error", code: "too-costly", file: "." })]);
      expect(desired.queues).toEqual([]);
      if (!/ It is retried after \d+ more attempts?\.$/.test(diagnostics[0]?.summary ?? "")) tries.push(look);
    }
    expect(tries).toEqual([1, 10, 27]);
    // Another text under the same name of a blob, as a draft has it.
    const smaller = { ...read, files: [{ path: "q.yaml", text: queues(1), blob: "1" }] };
    expect((await loadFiles(smaller, { org: ORG, cache })).desired.queues).toHaveLength(1);
  });

  test("are read once for all targets that wait to read them", async () => {
    const open = createRunTask({ smallest: 0, timeMs: 0, timePerMillionMs: 0, atOnce: 2 });
    const messages = Array.from({ length: 6 }, (_, index) => {
      const run = open({ target: `t${index}`, repository: "monorepo" });
      return run("load", loadOf(queues(3_000)), undefined).then(
        () => "",
        ({ message }: Error) => message,
      );
    });
    const known = (await Promise.all(messages)).filter((message) => / It is retried after /.test(message));
    expect(known.length).toBeGreaterThanOrEqual(4);
  });

  test("are tried again as a revision too, which is remembered once it could be read", async () => {
    let isBusy = true;
    const cache = createRevisionCache((input) => {
      if (isBusy) throw new OperationalError("too_costly", "Too much.", { next: "retry" });
      return loadKnown(input);
    });
    const source = { read: async () => read } as unknown as Source;
    const look = () => loadRevision(source, "r1", { org: ORG, cache });
    expect(hasErrors((await look()).diagnostics)).toBe(true);
    isBusy = false;
    const loaded = await look();
    expect(loaded.desired.queues).toHaveLength(300);
    expect(await look()).toBe(loaded);
  });
});

describe("a plan that costs too much", () => {
  test("is computed again ever more rarely, whatever else has changed a little", async () => {
    const world = openWorld("2026-11");
    const run = openTasks({ smallest: 0, timeMs: 0, timePerMillionMs: 0 });
    const desired = dropReferences(loadKnown(loadOf(queues(2_000))).loaded.desired);
    const messages: string[] = [];
    for (const revision of ["r1", "r2", "r3"]) {
      const live = await readLive(world.reader);
      const input = { desired, live, memory: await recallStore(world.ledger), options: OPTIONS, revision };
      messages.push(
        await run("compute", input, undefined).then(
          () => "",
          ({ message }: Error) => message,
        ),
      );
    }
    expect(messages).toEqual([
      expect.stringMatching(/^Computing the plan took more than 0 seconds, .*smaller\.$/),
      expect.stringMatching(/ It is retried after 8 more attempts\.$/),
      expect.stringMatching(/ It is retried after 7 more attempts\.$/),
    ]);
  });
});
