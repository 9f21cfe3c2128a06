import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { createFlyteadminModel } from "../../../src/embedded/flyteadmin/create-flyteadmin-model.ts";
import { attributesKey, type FlyteadminChange } from "../../../src/embedded/flyteadmin/flyteadmin-state.ts";
import { openStore } from "../../../src/embedded/open-embedded-store.ts";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { AdminService } from "../../../src/systems/control-plane/gen/flyteidl/service/admin_pb.js";
import { openFlyteadmin } from "../../../src/systems/flyteadmin/open-flyteadmin.ts";
import { makeTemporaryFolder } from "../../set-up/make-temporary-folder.ts";
import { OPEN_FENCE } from "../../set-up/open-fence.ts";
import { labelOf, makeConnection } from "../../systems/flyteadmin/fixtures/open.ts";
import { startControlPlane, whenReady } from "../start-control-plane.ts";
import { serveGateway } from "./serve-gateway.ts";

/** A label of staging, written past all rules. */
function rowOf(id: number, project: string): FlyteadminChange {
  const key = { project, domain: "staging", workflow: "", launch_plan: "", resource_type: "EXECUTION_CLUSTER_LABEL" };
  const attributes = { execution_cluster_label: { value: `row ${id}` } };
  const record = { ...key, id, priority: 10, attributes, created_at: 0, updated_at: 0 };
  return { table: "attributes", key: attributesKey(key), record };
}

test("a data folder keeps projects and rows; which of two equally specific ones is older, too", async () => {
  const data = makeTemporaryFolder();
  const first = await serveControlPlane({ generation: "2026-11", org: "acme", data });
  first.flyteadmin.commit([rowOf(1, ""), rowOf(2, "team1")]);
  const kept = first.flyteadmin.state;
  await first.close();
  const { served, json } = await serveGateway({ data });
  expect(served.flyteadmin.state).toEqual(kept);
  expect(await json("GET /project_domain_attributes/team1/staging?resource_type=3")).toMatchObject([
    200,
    { attributes: { project: "", matching_attributes: { execution_cluster_label: { value: "row 1" } } } },
  ]);
});

test("what cannot be kept is not made in memory either", () => {
  const store = openStore(makeTemporaryFolder(), { org: "acme", generation: "2026-11" });
  const model = createFlyteadminModel({ now: () => 0, note: () => undefined, store: store.flyteadmin });
  store.close();
  const { registerProject } = AdminService.method;
  const request = create(registerProject.input, { project: { id: "new", name: "New" } });
  expect(() => model.call(registerProject, request)).toThrow("not open");
  expect([...model.state.projects.keys()]).toEqual(["flytesnacks", "project1", "team1"]);
});

test("kill -9 in the middle of writes loses no acknowledged one", async () => {
  const data = makeTemporaryFolder();
  const child = startControlPlane({ data });
  const { flyteadmin_url: endpoint } = await whenReady(child);
  const { writerUnder, close } = openFlyteadmin(makeConnection({ endpoint }), { retries: 0 });
  const writer = writerUnder(OPEN_FENCE);
  const acknowledged: string[] = [];
  const write = async (name: string) => {
    for (let n = 0; ; n++) {
      const workflow = `${name}-${n}`;
      await writer.putRow(labelOf(`team1/staging/${workflow}`, workflow));
      if (acknowledged.push(workflow) === 60) child.kill("SIGKILL");
    }
  };
  await Promise.allSettled(["a", "b", "c"].map(write));
  await close();
  const { served } = await serveGateway({ data });
  const kept = new Set([...served.flyteadmin.state.attributes.values()].map(({ workflow }) => workflow));
  expect(acknowledged.length).toBeGreaterThanOrEqual(60);
  expect(acknowledged.filter((workflow) => !kept.has(workflow))).toEqual([]);
});
