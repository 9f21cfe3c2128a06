import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, test } from "vitest";
import { MatchableResource } from "../../../src/systems/control-plane/gen/flyteidl/admin/admin_pb.js";
import { AdminService } from "../../../src/systems/control-plane/gen/flyteidl/service/admin_pb.js";
import { outcomeOf } from "../open-world.ts";
import { serveGateway } from "./serve-gateway.ts";

const LABEL = MatchableResource.EXECUTION_CLUSTER_LABEL;
const label = (value: string) => ({ target: { case: "executionClusterLabel" as const, value: { value } } });

async function open() {
  const gateway = await serveGateway();
  return { ...gateway, admin: createClient(AdminService, createGrpcTransport({ baseUrl: gateway.served.url })) };
}

/** All labels as `PROJECT/DOMAIN/WORKFLOW=LABEL`, in the order of the list. */
async function listLabels(admin: Client<typeof AdminService>): Promise<readonly string[]> {
  const { configurations } = await admin.listMatchableAttributes({ resourceType: LABEL });
  return configurations.map(({ project, domain, workflow, attributes }) => {
    const value = attributes?.target.case === "executionClusterLabel" ? attributes.target.value.value : "?";
    return `${project}/${domain}/${workflow}=${value}`;
  });
}

describe("AdminService on the same port", () => {
  test.each([
    ["gRPC", (baseUrl: string) => createGrpcTransport({ baseUrl })],
    ["Connect", (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion: "1.1" })],
  ])("%s reads and writes what the gateway does", async (_what, createTransport) => {
    const { served, json, label: put } = await serveGateway();
    const admin = createClient(AdminService, createTransport(served.url));
    expect((await admin.listProjects({})).projects.map(({ id }) => id)).toEqual(["flytesnacks", "project1", "team1"]);
    expect((await admin.getDomains({})).domains.map(({ id }) => id)).toEqual(["development", "staging", "production"]);
    await admin.registerProject({ project: { id: "new", name: "New" } });
    expect(await admin.getProject({ id: "new" })).toMatchObject({ name: "New" });
    await admin.updateProjectAttributes({ attributes: { project: "new", matchingAttributes: label("gpu") } });
    await put("/workflow_attributes/new/staging/w", "cpu");
    expect(await listLabels(admin)).toEqual(["new/staging/w=cpu", "new//=gpu"]);
    expect(await json("GET /project_attributes/new?resource_type=3")).toMatchObject([200, {}]);
    await admin.deleteProjectAttributes({ project: "new", resourceType: LABEL });
    expect(await listLabels(admin)).toEqual([]);
  });

  test("a workflow name with a slash works", async () => {
    const { admin } = await open();
    const scope = { project: "team1", domain: "development", workflow: "a/b" };
    await admin.updateWorkflowAttributes({ attributes: { ...scope, matchingAttributes: label("x") } });
    expect(await admin.getWorkflowAttributes({ ...scope, resourceType: LABEL })).toMatchObject({
      attributes: { workflow: "a/b" },
    });
    await admin.deleteWorkflowAttributes({ ...scope, resourceType: LABEL });
    expect(await listLabels(admin)).toEqual([]);
  });

  test("what is missing is said as the gateway can't", async () => {
    const { admin } = await open();
    const scope = { project: "team1", domain: "development" };
    const wrongs = [
      [admin.updateProjectDomainAttributes({}), /missing attributes$/],
      [admin.updateProjectDomainAttributes({ attributes: scope }), /missing matching_attributes$/],
      [admin.updateWorkflowAttributes({ attributes: { ...scope, matchingAttributes: label("x") } }), /missing name$/],
      [admin.getWorkflowAttributes({ ...scope, resourceType: LABEL }), /missing name$/],
      [admin.deleteWorkflowAttributes({ ...scope, resourceType: LABEL }), /missing name$/],
      [admin.listMatchableAttributes({ resourceType: 99 as MatchableResource }), /invalid value for resource_type$/],
      [admin.registerProject({}), /missing project$/],
      [admin.getProject({}), /missing project_id$/],
    ] as const;
    for (const [call, message] of wrongs) {
      expect(await outcomeOf(call)).toBe("InvalidArgument");
      await expect(call).rejects.toThrow(message);
    }
  });
});

describe("an empty project over gRPC", () => {
  const wide = (value: string) => ({
    attributes: { project: "", domain: "development", matchingAttributes: label(value) },
  });

  test("makes a domain-wide row where the domain has none of that type", async () => {
    const { admin } = await open();
    await admin.updateProjectDomainAttributes(wide("all"));
    expect(await listLabels(admin)).toEqual(["/development/=all"]);
    const read = await admin.getProjectDomainAttributes({
      project: "team1",
      domain: "development",
      resourceType: LABEL,
    });
    expect(read).toMatchObject({ attributes: { project: "", domain: "development" } });
  });

  test("overwrites some project's row where there is one", async () => {
    const { admin, label: put } = await open();
    await put("/project_domain_attributes/team1/development", "mine");
    await admin.updateProjectDomainAttributes(wide("all"));
    expect(await listLabels(admin)).toEqual(["team1/development/=all"]);
  });

  test("an early domain-wide row hides a later project-domain one, a later one does not", async () => {
    const { admin, label: put, json } = await open();
    await admin.updateProjectDomainAttributes(wide("all"));
    await put("/project_domain_attributes/team1/development", "mine");
    const read = () => json("GET /project_domain_attributes/team1/development?resource_type=3");
    expect(await read()).toMatchObject([
      200,
      { attributes: { project: "", matching_attributes: { execution_cluster_label: { value: "all" } } } },
    ]);
    await put("/workflow_attributes/team1/development/w", "own");
    expect(await json("GET /workflow_attributes/team1/development/w?resource_type=3")).toMatchObject([
      200,
      { attributes: { workflow: "w", matching_attributes: { execution_cluster_label: { value: "own" } } } },
    ]);
  });

  test("deletes the type of all projects in the domain", async () => {
    const { admin, label: put } = await open();
    await put("/project_domain_attributes/team1/development", "a");
    await put("/workflow_attributes/project1/development/w", "b");
    await put("/project_domain_attributes/team1/staging", "c");
    await put("/project_attributes/team1", "d");
    await admin.deleteProjectDomainAttributes({ domain: "development", resourceType: LABEL });
    expect(await listLabels(admin)).toEqual(["team1/staging/=c", "team1//=d"]);
  });
});
