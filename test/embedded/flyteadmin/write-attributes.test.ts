import { describe, expect, test } from "vitest";
import { JSON_TYPE, labelBody, serveGateway } from "./serve-gateway.ts";

const WORKFLOW = "/workflow_attributes/team1/development/my.wf.main";
const DOMAIN = "/project_domain_attributes/team1/development";
const PROJECT = "/project_attributes/team1";
const LEVELS = [PROJECT, DOMAIN, WORKFLOW];

const matching = (matching_attributes: object) => ({ attributes: { matching_attributes } });
const refusal = (message: unknown, details: readonly object[] = []) => [400, { code: 3, message, details }];

/** The rows of a list as `PROJECT/DOMAIN/WORKFLOW`, sorted. */
async function scopesOf({ json }: Awaited<ReturnType<typeof serveGateway>>, type = 3) {
  const [, body] = await json(`GET /matchable_attributes?resource_type=${type}`);
  const { configurations } = body as { configurations: readonly Record<string, string>[] };
  return configurations.map(({ project, domain, workflow }) => [project, domain, workflow].join("/")).sort();
}

describe("PUT", () => {
  test.each(LEVELS)("%s writes a row, and a second one replaces it", async (path) => {
    const { json } = await serveGateway();
    expect(await json(`PUT ${path}`, labelBody("one"))).toEqual([200, {}]);
    expect(await json(`PUT ${path}`, labelBody("one"))).toEqual([200, {}]);
    expect(await json(`PUT ${path}`, labelBody("two"))).toEqual([200, {}]);
    expect(await json("GET /matchable_attributes?resource_type=3")).toMatchObject([
      200,
      { configurations: [{ attributes: { execution_cluster_label: { value: "two" } } }] },
    ]);
  });

  test("the scope of the path wins over that of the body", async () => {
    const gateway = await serveGateway();
    const { attributes } = labelBody("x") as { attributes: object };
    const body = { attributes: { project: "project1", domain: "staging", workflow: "other", ...attributes } };
    await gateway.json(`PUT ${WORKFLOW}`, body);
    expect(await scopesOf(gateway)).toEqual(["team1/development/my.wf.main"]);
  });

  test("types of one scope are rows of their own", async () => {
    const gateway = await serveGateway();
    const members = [
      { task_resource_attributes: { defaults: { cpu: "1" } } },
      { cluster_resource_attributes: { attributes: { a: "1" } } },
      { execution_queue_attributes: { tags: ["t"] } },
      { execution_cluster_label: { value: "gpu" } },
      { plugin_overrides: { overrides: [{ task_type: "t" }] } },
      { workflow_execution_config: { max_parallelism: 3 } },
      { cluster_assignment: { cluster_pool_name: "pool" } },
    ];
    for (const member of members) expect(await gateway.json(`PUT ${DOMAIN}`, matching(member))).toEqual([200, {}]);
    for (const type of [0, 1, 2, 3, 5, 6, 7]) expect(await scopesOf(gateway, type)).toHaveLength(1);
    expect(await scopesOf(gateway, 4)).toEqual([]);
  });

  test("cluster resources are replaced as a whole, plugin overrides merged by task type", async () => {
    const { json } = await serveGateway();
    const write = (member: object) => json(`PUT ${DOMAIN}`, matching(member));
    await write({ cluster_resource_attributes: { attributes: { a: "1", b: "2" } } });
    await write({ cluster_resource_attributes: { attributes: { b: "3" } } });
    expect(await json(`GET ${DOMAIN}?resource_type=1`)).toMatchObject([
      200,
      { attributes: { matching_attributes: { cluster_resource_attributes: { attributes: { b: "3" } } } } },
    ]);
    const override = (task_type: string, plugin: string) => ({ task_type, plugin_id: [plugin] });
    await write({ plugin_overrides: { overrides: [override("python", "one"), override("spark", "two")] } });
    await write({ plugin_overrides: { overrides: [override("spark", "three")] } });
    const [, body] = await json(`GET ${DOMAIN}?resource_type=5`);
    expect(body).toMatchObject({
      attributes: {
        matching_attributes: {
          plugin_overrides: { overrides: [override("python", "one"), override("spark", "three")] },
        },
      },
    });
  });

  test.each(["", "   ", "no such label", "a\u0000b\tc", "世界"])("the label %j is stored unchecked", async (value) => {
    const { json, label } = await serveGateway();
    await label(DOMAIN, value);
    expect(await json(`GET ${DOMAIN}?resource_type=3`)).toMatchObject([
      200,
      { attributes: { matching_attributes: { execution_cluster_label: { value } } } },
    ]);
  });

  test("a label without a value is the empty label", async () => {
    const { json } = await serveGateway();
    expect(await json(`PUT ${DOMAIN}`, matching({ execution_cluster_label: {} }))).toEqual([200, {}]);
    expect(await json(`GET ${DOMAIN}?resource_type=3`)).toMatchObject([
      200,
      { attributes: { matching_attributes: { execution_cluster_label: { value: "" } } } },
    ]);
  });

  test.each(["x".repeat(300), "with%20blanks", "%E4%B8%96%E7%95%8C", "..hidden", "%25"])(
    "any text is a workflow's name: %s",
    async (segment) => {
      const gateway = await serveGateway();
      await gateway.label(`/workflow_attributes/team1/development/${segment}`, "x");
      expect(await scopesOf(gateway)).toEqual([`team1/development/${decodeURIComponent(segment)}`]);
    },
  );

  test.each(["a/b", "a%2Fb", "a%2fb"])("but %s, which is a longer path", async (segment) => {
    const { json } = await serveGateway();
    const missing = [404, { code: 5, message: "Not Found", details: [] }];
    const path = `/workflow_attributes/team1/development/${segment}`;
    expect(await json(`PUT ${path}`, labelBody("x"))).toEqual(missing);
    expect(await json(`GET ${path}?resource_type=3`)).toEqual(missing);
    expect(await json(`DELETE ${path}`, { resource_type: 3 })).toEqual(missing);
  });
});

describe("what a PUT is refused for", () => {
  const isRegistered = (project: string, domain: string) =>
    `failed to validate that project [${project}] and domain [${domain}] are registered, err: [project [${project}] not found]`;

  test.each([
    ["/project_domain_attributes/nope/development", isRegistered("nope", "development")],
    ["/workflow_attributes/nope/development/w", isRegistered("nope", "development")],
    [
      "/project_attributes/nope",
      "failed to validate that project [nope] is registered, err: [project [nope] not found]",
    ],
    ["/project_domain_attributes/team1/qa", "domain [qa] is unrecognized by system"],
    ["/workflow_attributes/team1/qa/w", "domain [qa] is unrecognized by system"],
  ])("%s: %s; a DELETE too", async (path, message) => {
    const { json } = await serveGateway();
    expect(await json(`PUT ${path}`, labelBody("x"))).toEqual(refusal(message));
    expect(await json(`DELETE ${path}`, { resource_type: 3 })).toEqual(refusal(message));
  });

  test.each(LEVELS)("an archived project at %s, with its name in the details; a DELETE too", async (path) => {
    const { json, archive } = await serveGateway();
    await archive("team1");
    const inactive = { "@type": "type.googleapis.com/flyteidl.admin.InactiveProject", id: "team1", org: "" };
    const refused = refusal("project [team1] is not active", [inactive]);
    expect(await json(`PUT ${path}`, labelBody("x"))).toEqual(refused);
    expect(await json(`DELETE ${path}`, { resource_type: 3 })).toEqual(refused);
    if (path !== PROJECT) expect(await json(`GET ${path}?resource_type=3`)).toEqual(refused);
  });

  const unrecognized = "Unrecognized matching attributes type for request team1-development";
  test.each([
    ["an empty object", "{}", "missing matching_attributes"],
    ["no body", "", "missing matching_attributes"],
    ["no matching attributes", '{"attributes":{}}', "missing matching_attributes"],
    ["empty matching attributes", '{"attributes":{"matching_attributes":{}}}', unrecognized],
    ["a label of null", '{"attributes":{"matching_attributes":{"execution_cluster_label":null}}}', unrecognized],
    [
      "a quality of service",
      '{"attributes":{"matching_attributes":{"quality_of_service":{"tier":"HIGH"}}}}',
      unrecognized,
    ],
    [
      "two members",
      '{"attributes":{"matching_attributes":{"execution_cluster_label":{},"cluster_assignment":{}}}}',
      expect.stringMatching(/oneof flyteidl\.admin\.MatchingAttributes\.target is already set$/),
    ],
    [
      "a number as a label",
      '{"attributes":{"matching_attributes":{"execution_cluster_label":{"value":7}}}}',
      expect.stringMatching(/^proto: \(line 1:\d+\): invalid value for string field value: 7$/),
    ],
    ["JSON that is cut short", '{"attributes":{', expect.stringContaining("unexpected EOF")],
    ["a list", "[]", expect.stringContaining("unexpected token")],
  ])("%s", async (_what, body, message) => {
    const { send, json } = await serveGateway();
    const answer = await send(`PUT ${DOMAIN}`, { headers: JSON_TYPE, ...(body === "" ? {} : { body }) });
    expect([answer.status, answer.body]).toEqual(refusal(message));
    expect(await json("GET /matchable_attributes?resource_type=3")).toEqual([200, { configurations: [] }]);
  });

  test.each([
    `POST ${DOMAIN}`,
    `PATCH ${DOMAIN}`,
    "DELETE /projects/team1",
    "PUT /matchable_attributes",
    "POST /domains",
  ])("%s is not a method there", async (line) => {
    const { json } = await serveGateway();
    expect(await json(line, {})).toEqual([501, { code: 12, message: "Method Not Allowed", details: [] }]);
  });

  test.each(["GET /nothing", "GET /projects/", `GET ${DOMAIN}/?resource_type=3`, "GET /project_attributes", "GET /"])(
    "%s is no route",
    async (line) => {
      const { json } = await serveGateway();
      expect(await json(line)).toEqual([404, { code: 5, message: "Not Found", details: [] }]);
    },
  );
});

describe("DELETE", () => {
  const ROWS = [
    PROJECT,
    DOMAIN,
    WORKFLOW,
    "/workflow_attributes/team1/development/other",
    "/project_domain_attributes/team1/staging",
    "/workflow_attributes/team1/staging/my.wf.main",
    "/project_domain_attributes/project1/development",
  ];
  const STAGING = ["team1/staging/", "team1/staging/my.wf.main"];
  const PROJECT1 = "project1/development/";

  test.each([
    ["a workflow", WORKFLOW, [PROJECT1, "team1//", "team1/development/", "team1/development/other", ...STAGING]],
    ["a project-domain", DOMAIN, [PROJECT1, "team1//", ...STAGING]],
    ["a project", PROJECT, [PROJECT1]],
  ])("of %s takes everything below it of that type with it", async (_what, path, left) => {
    const gateway = await serveGateway();
    for (const row of ROWS) {
      await gateway.label(row, "x");
      await gateway.json(`PUT ${row}`, matching({ cluster_assignment: { cluster_pool_name: "pool" } }));
    }
    expect(await gateway.json(`DELETE ${path}`, { resource_type: "EXECUTION_CLUSTER_LABEL" })).toEqual([200, {}]);
    expect(await scopesOf(gateway)).toEqual(left);
    expect(await scopesOf(gateway, 7)).toHaveLength(ROWS.length);
  });

  test("needs the type in its body: in the query it is ignored, without one TASK_RESOURCE is meant", async () => {
    const gateway = await serveGateway();
    await gateway.label(DOMAIN, "x");
    await gateway.json(`PUT ${DOMAIN}`, matching({ task_resource_attributes: {} }));
    expect(await gateway.json(`DELETE ${DOMAIN}?resource_type=EXECUTION_CLUSTER_LABEL`)).toEqual([200, {}]);
    expect(await scopesOf(gateway)).toEqual(["team1/development/"]);
    expect(await scopesOf(gateway, 0)).toEqual([]);
  });

  test("of a row that is not there is 200, and so is a type with a number of no name", async () => {
    const { json } = await serveGateway();
    for (const path of LEVELS) {
      expect(await json(`DELETE ${path}`, { resource_type: "CLUSTER_ASSIGNMENT" })).toEqual([200, {}]);
      expect(await json(`DELETE ${path}`, { resource_type: 99 })).toEqual([200, {}]);
    }
  });

  test("with a type of another name is refused", async () => {
    const { json } = await serveGateway();
    expect(await json(`DELETE ${DOMAIN}`, { resource_type: "NOPE" })).toEqual(
      refusal(expect.stringContaining('invalid value for enum field resourceType: "NOPE"')),
    );
  });
});
