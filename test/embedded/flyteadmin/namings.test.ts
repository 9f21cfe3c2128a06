import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { ProjectSchema } from "../../../src/systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { JSON_TYPE, labelBody, serveGateway } from "./serve-gateway.ts";

const PATH = "/project_domain_attributes/team1/development";
const READ = `GET ${PATH}?resource_type=EXECUTION_CLUSTER_LABEL`;

describe("the naming of an answer", () => {
  test.each([
    ["Accept: application/json alone", { accept: "application/json" }],
    ["Content-Type: application/json", JSON_TYPE],
    ["Content-Type: application/json, whatever is accepted", { ...JSON_TYPE, accept: "*/*" }],
  ])("is snake_case with %s", async (_what, headers) => {
    const { send, label } = await serveGateway();
    await label(PATH, "gpu");
    expect((await send(READ, { headers })).body).toEqual({
      attributes: {
        project: "team1",
        domain: "development",
        matching_attributes: { execution_cluster_label: { value: "gpu" } },
        org: "",
      },
    });
  });

  test.each([
    ["no headers", {}],
    ["Accept: */*", { accept: "*/*" }],
    ["Accept: application/json;q=0.9", { accept: "application/json;q=0.9" }],
    ["Accept: application/json, */*", { accept: "application/json, */*" }],
    ["another content type", { "content-type": "application/x-www-form-urlencoded" }],
  ])("is lowerCamelCase with %s", async (_what, headers) => {
    const { send, label } = await serveGateway();
    await label(PATH, "gpu");
    expect((await send(READ, { headers })).body).toEqual({
      attributes: {
        project: "team1",
        domain: "development",
        matchingAttributes: { executionClusterLabel: { value: "gpu" } },
        org: "",
      },
    });
  });

  test("is no matter where raw protobuf is accepted", async () => {
    const { send } = await serveGateway();
    const answer = await send("GET /projects/team1", { headers: { accept: "application/octet-stream" } });
    expect(answer.contentType).toBe("application/octet-stream");
    expect(fromBinary(ProjectSchema, answer.bytes)).toMatchObject({ id: "team1", name: "team1" });
  });

  test("leaves unset fields in, in both", async () => {
    const { send, json, label } = await serveGateway();
    await label("/project_attributes/team1", "gpu");
    const scope = { domain: "", project: "team1", workflow: "", org: "" };
    expect(await json("GET /matchable_attributes?resource_type=3")).toEqual([
      200,
      { configurations: [{ attributes: { execution_cluster_label: { value: "gpu" } }, ...scope, launch_plan: "" }] },
    ]);
    expect((await send("GET /matchable_attributes?resource_type=3")).body).toEqual({
      configurations: [{ attributes: { executionClusterLabel: { value: "gpu" } }, ...scope, launchPlan: "" }],
    });
  });
});

describe("what a request may say", () => {
  test("both namings, in body and query, and enums by name or number", async () => {
    const { json, label } = await serveGateway();
    const camel = { attributes: { matchingAttributes: { clusterAssignment: { clusterPoolName: "pool-1" } } } };
    expect(await json(`PUT ${PATH}`, camel)).toEqual([200, {}]);
    await label(PATH, "gpu");
    const types = ["resource_type=CLUSTER_ASSIGNMENT", "resourceType=CLUSTER_ASSIGNMENT", "resource_type=7"];
    for (const type of types) {
      expect(await json(`GET ${PATH}?${type}`)).toMatchObject([
        200,
        { attributes: { matching_attributes: { cluster_assignment: { cluster_pool_name: "pool-1" } } } },
      ]);
    }
    expect(await json(`DELETE ${PATH}`, { resourceType: 7 })).toEqual([200, {}]);
    expect(await json(`GET ${PATH}?resource_type=7`)).toMatchObject([404, { code: 5 }]);
    expect(await json(`GET ${PATH}?resource_type=3`)).toMatchObject([200, {}]);
  });

  test("a field that does not exist is refused as JSON, and dropped in silence as anything else", async () => {
    const { send, json } = await serveGateway();
    const body = '{"attributes":{"matching_attributes":{"execution_cluster_label":{"value":"a","nope":1}}}}';
    expect(await json(`PUT ${PATH}`, body)).toEqual([
      400,
      { code: 3, message: `proto: (line 1:${body.indexOf('"nope"') + 1}): unknown field "nope"`, details: [] },
    ]);
    expect((await json(READ))[0]).toBe(404);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await send(`PUT ${PATH}`, { headers: form, body })).status).toBe(200);
    expect((await send(`PUT ${PATH}`, { body: labelBody("b") })).status).toBe(200);
    expect(await json(READ)).toMatchObject([
      200,
      { attributes: { matching_attributes: { execution_cluster_label: { value: "b" } } } },
    ]);
  });

  test("a query parameter that does not exist is ignored", async () => {
    const { json } = await serveGateway();
    expect(await json("GET /matchable_attributes?resource_type=3&colour=red")).toEqual([200, { configurations: [] }]);
  });
});
