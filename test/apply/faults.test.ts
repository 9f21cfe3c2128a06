import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Fault } from "../../src/embedded/faults/inject-faults.ts";
import { GENERATIONS, type Generation } from "../../src/model/objects/live.ts";
import { SOON_MS } from "../set-up/patience.ts";
import { copyWorld, type WorldCopy } from "./copy-world.ts";
import { journalSince, type ServedWorld, serveWorld } from "./serve-world.ts";
import { SITUATIONS, type Situation } from "./situations.ts";

const KEPT = mkdtempSync(join(tmpdir(), "poolkeeper-faults-"));
afterAll(() => rmSync(KEPT, { recursive: true, force: true }));

/** What each situation begins with; worked out once. */
const pasts = new Map<string, Promise<WorldCopy>>();

function findPast(generation: Generation, { name, past }: Situation): Promise<WorldCopy> {
  const key = `${generation} ${name}`;
  const known = pasts.get(key);
  if (known !== undefined) return known;
  const run = async () => {
    const world = await serveWorld(generation);
    for (const folder of past) await world.converge(folder);
    return copyWorld(world, join(KEPT, key));
  };
  const result = run();
  pasts.set(key, result);
  return result;
}

async function prepare(generation: Generation, situation: Situation, writeTimeoutMs?: number): Promise<ServedWorld> {
  const copyOf = await findPast(generation, situation);
  return serveWorld(generation, { copyOf, ...(writeTimeoutMs === undefined ? {} : { writeTimeoutMs }) });
}

/** What carrying out a situation undisturbed writes and leaves; worked out once. */
const undisturbed = new Map<string, Promise<{ readonly writes: readonly string[]; readonly essence: unknown }>>();

function carryOutUndisturbed(generation: Generation, situation: Situation) {
  const key = `${generation} ${situation.name}`;
  const known = undisturbed.get(key);
  if (known !== undefined) return known;
  const run = async () => {
    const world = await prepare(generation, situation);
    const place = world.model.journal.length;
    await world.converge(situation.next);
    return { writes: journalSince(world, place).toSorted(), essence: await world.essence() };
  };
  const result = run();
  undisturbed.set(key, result);
  return result;
}

async function expectConverged(world: ServedWorld, generation: Generation, situation: Situation): Promise<void> {
  expect((await world.plan(situation.next)).steps).toEqual([]);
  expect(await world.essence()).toEqual((await carryOutUndisturbed(generation, situation)).essence);
}

/** Refusals that trying again would not change. */
const REFUSALS = ["permission_denied", "failed_precondition", "invalid_argument"] as const;

const CASES = GENERATIONS.flatMap((generation) =>
  SITUATIONS.flatMap((situation) =>
    situation.writes[generation].map((method) => ({ generation, situation, name: situation.name, method })),
  ),
).map((one, index) => ({ ...one, refusal: REFUSALS[index % REFUSALS.length] ?? "permission_denied" }));

/** Nothing is carried out, five times in a row: the same write has to be sent again. */
const BEFORE: readonly Omit<Fault, "method">[] = [
  { code: "unavailable" },
  { code: "resource_exhausted" },
  { code: "aborted" },
  { code: "internal" },
  { drop: true },
];

describe.each(CASES)("$generation, $name, $method", ({ generation, situation, method, refusal }) => {
  test("it fails before the write in every way that passes: it is sent again and all is applied", async () => {
    const world = await prepare(generation, situation);
    const plan = await world.plan(situation.next);
    const place = world.model.journal.length;
    for (const fault of BEFORE) await world.fault({ method, ...fault });
    const report = await world.apply(plan);
    expect(report.steps.filter((step) => step.status !== "applied")).toEqual([]);
    const written = journalSince(world, place).filter((line) => line.endsWith(" ok"));
    expect(written.some((line) => line.includes(method))).toBe(true);
    expect(written.toSorted()).toEqual((await carryOutUndisturbed(generation, situation)).writes);
    await expectConverged(world, generation, situation);
  });

  test("the connection is cut after the commit: settled by reading, not sent twice", async () => {
    const world = await prepare(generation, situation);
    const plan = await world.plan(situation.next);
    const place = world.model.journal.length;
    await world.fault({ method, drop_after_commit: true });
    expect((await world.apply(plan)).status).toBe("applied");
    expect(journalSince(world, place).toSorted()).toEqual((await carryOutUndisturbed(generation, situation)).writes);
    await expectConverged(world, generation, situation);
  });

  test("it hangs: after the time for one call it is looked for, and sent again", async () => {
    const world = await prepare(generation, situation, SOON_MS);
    const plan = await world.plan(situation.next);
    await world.fault({ method, hang: true });
    expect((await world.apply(plan)).status).toBe("applied");
    await expectConverged(world, generation, situation);
  });

  test(`${refusal}: sent once, the step fails, and the next apply goes on`, async () => {
    const world = await prepare(generation, situation);
    await world.fault({ method, code: refusal });
    const report = await world.apply(await world.plan(situation.next));
    const failed = report.steps.filter((step) => step.status === "failed");
    expect(failed).toMatchObject([{ code: refusal, message: expect.stringContaining("injected fault") }]);
    expect(report.status).toBe("failed");
    // What was drained for a change that is refused is in service again, and not tried once more unasked.
    await world.converge(situation.next, { allow: ["max-disruption-share", "server-refused"] });
    await expectConverged(world, generation, situation);
  });

  test("it is refused for ever: tries are bounded, and the next apply goes on", async () => {
    const world = await prepare(generation, situation);
    const plan = await world.plan(situation.next);
    const place = world.model.journal.length;
    await world.fault({ method, code: "unavailable", count: 1_000 });
    const report = await world.apply(plan, { parallelism: 1 });
    expect(report.status).toBe("failed");
    const failures = report.steps.filter((step) => step.status === "failed").length;
    const tries = journalSince(world, place).filter((line) => line.endsWith("unavailable"));
    expect(tries).toHaveLength(6 * failures);
    await fetch(`${world.adminUrl}/faults`, { method: "DELETE" });
    await world.converge(situation.next);
    await expectConverged(world, generation, situation);
  });
});
