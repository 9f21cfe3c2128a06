import { describe, expect, test } from "vitest";
import { labelBody, serveGateway } from "./serve-gateway.ts";

const WORKFLOW = "/workflow_attributes/team1/development/my.wf.main";
const DOMAIN = "/project_domain_attributes/team1/development";
const PROJECT = "/project_attributes/team1";

const answerOf = (scope: object, value: string) => [
  200,
  { attributes: { ...scope, matching_attributes: { execution_cluster_label: { value } }, org: "" } },
];

describe("GET is a resolved read", () => {
  test("of a workflow: its own row, then the project-domain's, then the project's, told by the echoed scope", async () => {
    const { json, label } = await serveGateway();
    await label(PROJECT, "wide");
    const read = `GET ${WORKFLOW}?resource_type=3`;
    const project = "team1";
    expect(await json(read)).toEqual(answerOf({ project, domain: "", workflow: "" }, "wide"));
    await label(DOMAIN, "middle");
    expect(await json(read)).toEqual(answerOf({ project, domain: "development", workflow: "" }, "middle"));
    await label(WORKFLOW, "own");
    const own = { project, domain: "development", workflow: "my.wf.main" };
    expect(await json(read)).toEqual(answerOf(own, "own"));
  });

  test("of a project-domain: its own row, then the project's; never a workflow's", async () => {
    const { json, label } = await serveGateway();
    await label(WORKFLOW, "narrow");
    const read = `GET ${DOMAIN}?resource_type=EXECUTION_CLUSTER_LABEL`;
    expect((await json(read))[0]).toBe(404);
    await label(PROJECT, "wide");
    expect(await json(read)).toEqual(answerOf({ project: "team1", domain: "" }, "wide"));
    await label(DOMAIN, "own");
    expect(await json(read)).toEqual(answerOf({ project: "team1", domain: "development" }, "own"));
  });

  test("of a project: the exact row", async () => {
    const { json, label } = await serveGateway();
    await label(DOMAIN, "narrow");
    expect(await json(`GET ${PROJECT}?resource_type=3`)).toMatchObject([404, { code: 5 }]);
    await label(PROJECT, "own");
    expect(await json(`GET ${PROJECT}?resource_type=3`)).toEqual(answerOf({ project: "team1" }, "own"));
  });

  test("an empty label counts as found and hides the wider one", async () => {
    const { json, label } = await serveGateway();
    await label(PROJECT, "wide");
    await label(DOMAIN, "");
    expect(await json(`GET ${WORKFLOW}?resource_type=3`)).toEqual(
      answerOf({ project: "team1", domain: "development", workflow: "" }, ""),
    );
  });

  test("one row of each type: a pool does not answer for a label", async () => {
    const { json, label } = await serveGateway();
    await label(DOMAIN, "gpu");
    expect((await json(`GET ${DOMAIN}?resource_type=CLUSTER_ASSIGNMENT`))[0]).toBe(404);
  });

  test("a missing row is 404 with the whole key; a type left out is TASK_RESOURCE", async () => {
    const { json, label } = await serveGateway();
    await label(DOMAIN, "gpu");
    const missing = (type: string, workflow = "") => [
      404,
      {
        code: 5,
        message: `Resource [{Project:team1 Domain:development Workflow:${workflow} LaunchPlan: ResourceType:${type}}] not found`,
        details: [],
      },
    ];
    expect(await json(`GET ${DOMAIN}?resource_type=7`)).toEqual(missing("CLUSTER_ASSIGNMENT"));
    expect(await json(`GET ${WORKFLOW}?resource_type=7`)).toEqual(missing("CLUSTER_ASSIGNMENT", "my.wf.main"));
    expect(await json(`GET ${DOMAIN}`)).toEqual(missing("TASK_RESOURCE"));
  });

  test.each(["NOPE", "99", "execution_cluster_label"])("the type %s is refused", async (type) => {
    const { json } = await serveGateway();
    for (const path of [DOMAIN, PROJECT, WORKFLOW, "/matchable_attributes"]) {
      expect(await json(`GET ${path}?resource_type=${type}`)).toEqual([
        400,
        { code: 3, message: `parsing field "resource_type": "${type}" is not a valid value`, details: [] },
      ]);
    }
  });

  test("a project without execution config is told the server's defaults", async () => {
    const { json } = await serveGateway();
    expect(await json(`GET ${PROJECT}?resource_type=WORKFLOW_EXECUTION_CONFIG`)).toMatchObject([
      200,
      { attributes: { matching_attributes: { workflow_execution_config: { max_parallelism: 25 } } } },
    ]);
    expect(await json("GET /matchable_attributes?resource_type=6")).toEqual([200, { configurations: [] }]);
  });
});

describe("the list", () => {
  test("has the raw rows of one type of all projects, the most specific first, without pages or filters", async () => {
    const { json, label, archive } = await serveGateway();
    for (const path of [PROJECT, DOMAIN, WORKFLOW, "/project_attributes/project1"]) await label(path, "x");
    await json("PUT /project_attributes/flytesnacks", {
      attributes: { matching_attributes: { cluster_assignment: { cluster_pool_name: "pool" } } },
    });
    await archive("team1");
    for (const query of [
      "resource_type=3",
      "resource_type=EXECUTION_CLUSTER_LABEL&limit=1&token=2&project=project1&org=o",
    ]) {
      const [status, body] = await json(`GET /matchable_attributes?${query}`);
      const { configurations } = body as { configurations: readonly Record<string, unknown>[] };
      expect([status, configurations.map(({ project, domain, workflow }) => [project, domain, workflow])]).toEqual([
        200,
        [
          ["team1", "development", "my.wf.main"],
          ["team1", "development", ""],
          ["team1", "", ""],
          ["project1", "", ""],
        ],
      ]);
    }
  });

  test("of nothing is empty, and a type left out is TASK_RESOURCE", async () => {
    const { json, label } = await serveGateway();
    await label(DOMAIN, "gpu");
    expect(await json("GET /matchable_attributes")).toEqual([200, { configurations: [] }]);
    await json(`PUT ${DOMAIN}`, {
      attributes: { matching_attributes: { task_resource_attributes: { limits: { cpu: "2" } } } },
    });
    expect(await json("GET /matchable_attributes")).toMatchObject([
      200,
      { configurations: [{ attributes: { task_resource_attributes: { limits: { cpu: "2" } } } }] },
    ]);
  });

  test("shows no id, version or time, and no org that was sent", async () => {
    const { json } = await serveGateway();
    const { attributes } = labelBody("x") as { attributes: object };
    await json(`PUT ${PROJECT}`, { attributes: { ...attributes, org: "elsewhere" } });
    const [, body] = await json("GET /matchable_attributes?resource_type=3");
    const { configurations } = body as { configurations: readonly object[] };
    expect(Object.keys(configurations[0] ?? {}).sort()).toEqual([
      "attributes",
      "domain",
      "launch_plan",
      "org",
      "project",
      "workflow",
    ]);
    expect(configurations).toMatchObject([{ org: "" }]);
  });
});
