import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Plan } from "../../../src/model/plan/plan.ts";
import { flyteClusters, openSystemsDesk, systems } from "../systems.ts";

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
    ...{ code: 1, stderr: expect.stringContaining("No records at") },
  });
  expect((await desk.run(["forget", place, ...store])).code).toBe(1);
  expect(await readElsewhere()).toEqual([left]);
  expect(await desk.run(["forget", place, "--auto-approve", ...store])).toMatchObject({
    ...{ code: 0, stderr: expect.stringContaining("flyte_clusters.flyte") },
  });
  expect(await readElsewhere()).toEqual([]);
  expect(existsSync(join(desk.output, "flyte/values-override.yaml"))).toBe(true);
});

test("a name of sensitive values that is forgotten seals nothing any more, and one that manifests have is remembered again", async () => {
  const desk = await openSystemsDesk();
  const manifest = (more: string, dsn: string) => `${more}${flyteClusters("dp1")}extra:\n  dsn: ${dsn}\n`;
  const flags = [...systems(desk), ...store];
  const apply = async (more: string, dsn: string) => {
    desk.write({ "flyte-clusters/flyte.yaml": manifest(more, dsn) });
    expect(await desk.run(["apply", desk.repository, "--auto-approve", ...flags])).toMatchObject({ code: 0 });
  };
  const plan = async (dsn: string) => {
    desk.write({ "flyte-clusters/flyte.yaml": manifest("", dsn) });
    return (await desk.run(["plan", desk.repository, ...flags])).stdout;
  };
  await apply("sensitive: [extra.dsn]\n", "first");
  // What was applied says nothing of it any more.
  await apply("", "");
  await apply("", "second");
  expect(await plan("third")).not.toContain("second");
  expect(await desk.run(["forget", "sensitive:extra.other", "--auto-approve", ...store])).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining("No manifest that was applied has extra.other") },
  });
  expect(await desk.run(["forget", "sensitive:extra.dsn", "--auto-approve", ...store])).toMatchObject({
    ...{ code: 0, stderr: expect.stringContaining("flyte_clusters (") },
  });
  await apply("", "");
  await apply("", "fourth");
  expect(await plan("fifth")).toContain("fourth");
});
