import { describe, expect, test } from "vitest";
import { groupRows } from "../../src/model/objects/desired.ts";
import { labelOf } from "../systems/flyteadmin/fixtures/open.ts";
import { type CascadeWorld, serveCascades } from "./cascade-world.ts";
import { desiredLabel, desiredPlaces } from "./desired-places.ts";

const PLACE = "team1/development/wf";
const KEY = `execution_cluster_label.${PLACE}`;
const labels = (value: string) => desiredPlaces({ rows: groupRows([desiredLabel(PLACE, value)]) });
const NONE = desiredPlaces({});

/** A world in which the row has a value that is ours; without one, there is no row. */
async function serveWith(value?: string): Promise<CascadeWorld> {
  const world = await serveCascades();
  if (value !== undefined) await world.converge(labels(value));
  return world;
}

describe("a row that someone writes after the plan was made", () => {
  test.each([
    ["changed", "old", labels("new"), "changed"],
    ["made", undefined, labels("new"), "written"],
    ["to be deleted", "old", NONE, "changed"],
  ])("%s, is not overwritten: the step fails and says to plan again", async (_how, old, next, what) => {
    const world = await serveWith(old);
    const plan = await world.plan(next);
    await world.flyteadmin.writer.putRow(labelOf(PLACE, "theirs"));
    const [step] = (await world.apply(plan)).steps;
    expect(step).toMatchObject({ status: "failed", code: "row_changed" });
    expect(step?.message).toContain(`The row of ${PLACE} was ${what} since this was planned. Plan again.`);
    expect(await world.rows()).toEqual({ [KEY]: "theirs" });
    await world.converge(next);
  });

  test("deleted, is not written again", async () => {
    const world = await serveWith("old");
    const plan = await world.plan(labels("new"));
    await world.flyteadmin.writer.deleteRow("execution_cluster_label", labelOf(PLACE, "").scope);
    expect((await world.apply(plan)).steps).toMatchObject([{ status: "failed", code: "row_changed" }]);
    expect(await world.rows()).toEqual({});
  });

  test("as it is wanted, or deleted as it is wanted, is done", async () => {
    const world = await serveWith("old");
    const plan = await world.plan(labels("new"));
    await world.flyteadmin.writer.putRow(labelOf(PLACE, "new"));
    expect((await world.apply(plan)).status).toBe("applied");
    const removal = await world.plan(NONE);
    await world.flyteadmin.writer.deleteRow("execution_cluster_label", labelOf(PLACE, "").scope);
    expect((await world.apply(removal)).status).toBe("applied");
    expect(await world.rows()).toEqual({});
  });

  test("above it, is not taken for it", async () => {
    const world = await serveWith();
    const plan = await world.plan(labels("new"));
    await world.flyteadmin.writer.putRow(labelOf("team1/development", "wide"));
    expect((await world.apply(plan)).status).toBe("applied");
    expect(await world.rows()).toEqual({ [KEY]: "new", "execution_cluster_label.team1/development": "wide" });
  });
});
