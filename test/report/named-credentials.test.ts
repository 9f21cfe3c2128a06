import { expect, test } from "vitest";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { describeChange } from "../../src/report/plan/describe-change.ts";
import { describePlaces } from "../../src/report/status/describe-places.ts";
import { desiredPlaces, desiredSettings } from "../apply/desired-places.ts";
import { recordEvents, serveWorld } from "../apply/serve-world.ts";
import { buildLive } from "../plan/routing/build-states.ts";

const TOKEN = ["ghp_", "a1B2".repeat(9)].join("");
const ORGANIZATION = { domain: null, project: null };

test("a credential that somebody wrote as the name of an annotation is masked in the plan that takes it out, which works all the same, and in the status", async () => {
  const world = await serveWorld("2026-11");
  const wanted = desiredPlaces({ settings: [desiredSettings("", { annotations: { a: "1" } }, true)] });
  await world.converge(wanted);
  const before = await world.reader.getSettings(ORGANIZATION);
  const annotations = { a: "1", [TOKEN]: "x", "https://robot:pa55word@host": "y" };
  const values: SettingValues = { annotations };
  await world.writer.writeSettings(ORGANIZATION, values, before.version);
  const plan = await world.plan(wanted);
  const paths = plan.changes.flatMap((change) => describeChange(change).fields.map(({ path }) => path));
  expect(paths).toEqual(expect.arrayContaining([expect.stringMatching(/annotations\.\*{3}$/)]));
  expect(paths.join()).not.toMatch(/ghp_|pa55word/);
  const { version, unknown } = await world.reader.getSettings(ORGANIZATION);
  const scoped = { scope: ORGANIZATION, version, values, unknown };
  const { settings } = describePlaces({ settings: [scoped], rows: [] }, buildLive({}));
  expect(JSON.stringify(settings)).not.toMatch(/ghp_|pa55word/);
  expect(settings[0]?.values.annotations).toMatchObject({ a: "1", "***": "x" });
  expect((await world.apply(plan, recordEvents())).status).toBe("applied");
  expect((await world.reader.getSettings(ORGANIZATION)).values).toEqual({ annotations: { a: "1" } });
});
