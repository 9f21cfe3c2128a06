import { expect, test } from "vitest";
import { serveGateway } from "./serve-gateway.ts";

const LIST = "GET /matchable_attributes?resource_type=3";
const OBJECT = { execution_cluster_label: { value: "x" } };

async function serveWithAdmin() {
  const gateway = await serveGateway({ adminPort: 0 });
  const ask = async (path: string, body?: object) => {
    const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${gateway.served.adminUrl}${path}`, sent);
    const answer: unknown = await response.json();
    return { status: response.status, answer };
  };
  const mutate = (kind: string, op: string, name: string, rest: object = {}) =>
    ask("/mutate", { kind, op, name, ...rest });
  return { ...gateway, ask, mutate };
}

test("rows are made at every level, domain-wide and of launch plans too, and listed by priority", async () => {
  const { mutate, json } = await serveWithAdmin();
  const names = ["team1", "/staging", "team1/staging", "team1/staging/a/b"];
  for (const name of names) expect((await mutate("attributes", "create", name, { object: OBJECT })).status).toBe(200);
  await mutate("attributes", "create", "team1/staging/w", { object: OBJECT, launch_plan: "lp" });
  const [, body] = await json(LIST);
  const { configurations } = body as { configurations: readonly Record<string, unknown>[] };
  const scopes = configurations.map(({ project, domain, workflow, launch_plan }) =>
    [project, domain, workflow, launch_plan].join("|"),
  );
  expect(scopes).toEqual(["team1|staging|w|lp", "team1|staging|a/b|", "|staging||", "team1|staging||", "team1|||"]);
});

test("a row is changed and deleted past all rules, even of an archived project", async () => {
  const { mutate, json, label, archive } = await serveWithAdmin();
  await label("/project_domain_attributes/team1/staging", "x");
  await archive("team1");
  const path = "execution_cluster_label.value";
  expect((await mutate("attributes", "set", "team1/staging", { path, value: "drifted" })).status).toBe(200);
  expect(await json(LIST)).toMatchObject([
    200,
    { configurations: [{ attributes: { execution_cluster_label: { value: "drifted" } } }] },
  ]);
  expect((await mutate("attributes", "delete", "team1/staging")).status).toBe(200);
  expect(await json(LIST)).toEqual([200, { configurations: [] }]);
});

test("a project is made, archived and deleted past all rules", async () => {
  const { mutate, json } = await serveWithAdmin();
  await mutate("project", "create", "new", { object: { name: "New" } });
  expect(await json("GET /projects/new")).toMatchObject([200, { name: "New", state: "ACTIVE" }]);
  await mutate("project", "set", "new", { path: "state", value: "ARCHIVED" });
  expect(await json("GET /projects/new")).toMatchObject([200, { state: "ARCHIVED" }]);
  await mutate("project", "delete", "new");
  expect((await json("GET /projects/new"))[0]).toBe(404);
});

test("the state shows domains, projects and rows", async () => {
  const { ask, label } = await serveWithAdmin();
  await label("/project_attributes/team1", "x");
  expect((await ask("/state")).answer).toMatchObject({
    flyteadmin: {
      domains: ["development", "staging", "production"],
      projects: [{ id: "flytesnacks" }, { id: "project1" }, { id: "team1", state: "ACTIVE" }],
      attributes: [{ project: "team1", resource_type: "EXECUTION_CLUSTER_LABEL", attributes: OBJECT }],
    },
  });
});

test.each([
  { kind: "project", op: "create", name: "team1" },
  { kind: "project", op: "set", name: "nope", path: "state", value: "ARCHIVED" },
  { kind: "project", op: "set", name: "team1", path: "state", value: "ASLEEP" },
  { kind: "project", op: "set", name: "team1", path: "colour", value: "red" },
  { kind: "project", op: "delete", name: "team1", launch_plan: "lp" },
  { kind: "attributes", op: "create", name: "team1", object: {} },
  { kind: "attributes", op: "create", name: "team1", object: { execution_cluster_label: { value: 7 } } },
  { kind: "attributes", op: "create", name: "project1", object: OBJECT },
  { kind: "attributes", op: "set", name: "project1", value: "x" },
  { kind: "attributes", op: "set", name: "project1", path: "cluster_assignment.cluster_pool_name", value: "x" },
  { kind: "attributes", op: "delete", name: "team1" },
  { kind: "attributes", op: "delete", name: "project1", launch_plan: "lp" },
])("%j is refused with 400 and changes nothing", async (request) => {
  const { ask, label } = await serveWithAdmin();
  await label("/project_attributes/project1", "x");
  const before = await ask("/state");
  expect(await ask("/mutate", request)).toMatchObject({ status: 400, answer: { error: expect.any(String) } });
  expect(await ask("/state")).toEqual(before);
});
