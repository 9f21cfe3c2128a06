import { describe, expect, test } from "vitest";
import { serve } from "../control-plane/fixtures/serve.ts";
import { labelOf, open, rowOf } from "./fixtures/open.ts";

const SNAKE = {
  label: { execution_cluster_label: { value: "gpu" } },
  pool: { cluster_assignment: { cluster_pool_name: "pool-1" } },
  launchPlan: "launch_plan",
};
const CAMEL = {
  label: { executionClusterLabel: { value: "gpu" } },
  pool: { clusterAssignment: { clusterPoolName: "pool-1" } },
  launchPlan: "launchPlan",
};

/** Serves lists and projects in one naming; tells what each request was. */
async function serveNamed({ label, pool, launchPlan }: typeof SNAKE | typeof CAMEL, unset: object) {
  const requests: { url: string; headers: unknown }[] = [];
  const port = await serve((request, response) => {
    const url = request.url ?? "";
    const { accept, "content-type": type } = request.headers;
    requests.push({ url, headers: { accept, type } });
    const attributes = url.includes("CLUSTER_ASSIGNMENT") ? pool : label;
    const scope = { project: "p", domain: "d", workflow: "w", [launchPlan]: "" };
    const configurations = [
      { attributes, ...scope },
      { attributes, project: "p", ...unset },
    ];
    const projects = [{ id: "p", name: "P", domains: [{ id: "d", name: "d" }], state: "ARCHIVED" }];
    const answer = url.includes("/projects") ? { projects, token: "" } : { configurations };
    request.resume().on("end", () => response.end(JSON.stringify(answer)));
  });
  return { ...open({ endpoint: `http://127.0.0.1:${port}` }), requests };
}

describe.each([
  ["snake_case", SNAKE],
  ["lowerCamelCase", CAMEL],
] as const)("a server that answers in %s", (_name, naming) => {
  test.each([
    ["empty", { domain: "", workflow: "", org: "" }],
    ["left out", {}],
    ["null", { domain: null, workflow: null }],
  ])("is understood, with unset fields that are %s", async (_how, unset) => {
    const { reader, requests } = await serveNamed(naming, unset);
    expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("p/d/w", "gpu"), labelOf("p", "gpu")]);
    expect(await reader.listRows("cluster_pool_attributes")).toEqual([
      rowOf("cluster_pool_attributes", "p/d/w", "pool-1"),
      rowOf("cluster_pool_attributes", "p", "pool-1"),
    ]);
    expect(await reader.listProjects()).toEqual([{ id: "p", name: "P", domains: ["d"], state: "archived" }]);
    for (const { headers } of requests)
      expect(headers).toEqual({ accept: "application/json", type: "application/json" });
  });
});

test("projects are asked for with a filter that lets archived ones pass", async () => {
  const { reader, requests } = await serveNamed(SNAKE, {});
  await reader.listProjects();
  expect(decodeURIComponent(requests[0]?.url ?? "")).toBe(
    "/api/v1/projects?limit=1000&filters=ne(project.identifier,-)",
  );
});

test("a label without a value is the empty label", async () => {
  const port = await serve((_request, response) => {
    response.end('{"configurations":[{"attributes":{"executionClusterLabel":{}},"project":"p"}]}');
  });
  const { reader } = open({ endpoint: `http://127.0.0.1:${port}` });
  expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("p", "")]);
});

test("the body of a deletion names the type, and both writes are declared as JSON", async () => {
  const sent: unknown[] = [];
  const port = await serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const type = request.headers["content-type"];
      sent.push([request.method, request.url, type, JSON.parse(Buffer.concat(chunks).toString())]);
      response.end("{}");
    });
  });
  const { writer } = open({ endpoint: `http://127.0.0.1:${port}/prefix` });
  const row = rowOf("cluster_pool_attributes", "p/d/w x", "pool-1");
  await writer.putRow(row);
  await writer.deleteRow(row.kind, row.scope);
  const path = "/prefix/api/v1/workflow_attributes/p/d/w%20x";
  const attributes = { matching_attributes: { cluster_assignment: { cluster_pool_name: "pool-1" } } };
  expect(sent).toEqual([
    ["PUT", path, "application/json", { attributes }],
    ["DELETE", path, "application/json", { resource_type: "CLUSTER_ASSIGNMENT" }],
  ]);
});
