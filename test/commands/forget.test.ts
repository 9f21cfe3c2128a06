import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../src/model/plan.ts";
import { flyteClusters, openSystemsDesk, systems } from "./systems.ts";

const store = ["--store", "store"];

test("a place of delivery that is given up is told by no plan any more, and nothing there changes", async () => {
  const desk = await openSystemsDesk();
  const next = join(desk.folder, "next");
  mkdirSync(next);
  desk.write({ "flyte-clusters/flyte.yaml": flyteClusters("dp1") });
  const apply = (place?: string) =>
    desk.run(["apply", desk.repository, "--auto-approve", ...systems(desk, place), ...store]);
  const readElsewhere = async () => {
    const { stdout } = await desk.run(["plan", desk.repository, "--json", ...systems(desk, next), ...store]);
    return (JSON.parse(stdout) as Plan).notices.filter(({ code }) => code === "left-elsewhere");
  };
  expect(await apply()).toMatchObject({ code: 0 });
  expect(await apply(next)).toMatchObject({ code: 0 });
  const [left] = await readElsewhere();
  const place = left?.message.match(/was applied at (\S+), which/)?.[1] ?? expect.fail();
  expect(await desk.run(["forget", `${place}x`, "--auto-approve", ...store])).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("Nothing is on record") },
  });
  expect((await desk.run(["forget", place, ...store])).code).toBe(1);
  expect(await readElsewhere()).toEqual([left]);
  expect(await desk.run(["forget", place, "--auto-approve", ...store])).toMatchObject({
    ...{ code: 0, stderr: expect.stringContaining("flyte_clusters.flyte") },
  });
  expect(await readElsewhere()).toEqual([]);
  expect(existsSync(join(desk.output, "flyte/values-override.yaml"))).toBe(true);
});
