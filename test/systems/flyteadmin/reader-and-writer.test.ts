import { describe, expect, test } from "vitest";
import { ATTRIBUTES_KINDS } from "../../../src/kinds/registry.ts";
import { failureOf } from "../control-plane/fixtures/failure.ts";
import { labelOf, rowOf, scopeOf, serveAndOpen } from "./fixtures/open.ts";

const SCOPES = ["project1", "project1/development", "project1/development/my.wf.main"] as const;
const byScope = (a: { scope: object }, b: { scope: object }) =>
  JSON.stringify(a.scope) < JSON.stringify(b.scope) ? -1 : 1;

describe.each(ATTRIBUTES_KINDS)("%s", (kind) => {
  const other = kind === "execution_cluster_label" ? "cluster_pool_attributes" : "execution_cluster_label";

  test("rows of every level are read as they were written, and only those of their kind", async () => {
    const { reader, writer } = await serveAndOpen();
    const rows = SCOPES.map((scope, index) => rowOf(kind, scope, `value-${index}`));
    for (const row of rows) await writer.putRow(row);
    expect([...(await reader.listRows(kind))].sort(byScope)).toEqual([...rows].sort(byScope));
    expect(await reader.listRows(other)).toEqual([]);
  });

  test("a second write replaces the value, each with one call", async () => {
    const { reader, writer, calls } = await serveAndOpen();
    await writer.putRow(rowOf(kind, "team1/staging", "one"));
    await writer.putRow(rowOf(kind, "team1/staging", "two"));
    expect(await reader.listRows(kind)).toEqual([rowOf(kind, "team1/staging", "two")]);
    expect(calls()).toEqual(["UpdateProjectDomainAttributes ok", "UpdateProjectDomainAttributes ok"]);
  });

  test("a deletion takes what stands below with it, and leaves the other kind", async () => {
    const { reader, writer, calls } = await serveAndOpen();
    for (const scope of SCOPES) await writer.putRow(rowOf(kind, scope, "mine"));
    await writer.putRow(rowOf(other, "project1/development", "kept"));
    await writer.deleteRow(kind, scopeOf("project1/development"));
    expect(await reader.listRows(kind)).toEqual([rowOf(kind, "project1", "mine")]);
    expect(await reader.listRows(other)).toEqual([rowOf(other, "project1/development", "kept")]);
    await writer.deleteRow(kind, scopeOf("project1/development"));
    expect(calls().slice(-2)).toEqual(["DeleteProjectDomainAttributes ok", "DeleteProjectDomainAttributes ok"]);
  });
});

describe("scopes and values", () => {
  test("a deletion at the level of a workflow is exact, one of a project takes all", async () => {
    const { reader, writer } = await serveAndOpen();
    for (const scope of [...SCOPES, "project1/staging/w", "team1"]) await writer.putRow(labelOf(scope, "x"));
    await writer.deleteRow("execution_cluster_label", scopeOf("project1/development/my.wf.main"));
    expect(await reader.listRows("execution_cluster_label")).toHaveLength(4);
    await writer.deleteRow("execution_cluster_label", scopeOf("project1"));
    expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("team1", "x")]);
  });

  test.each([
    "my wf",
    "a%2Fb",
    "100%",
    "a?b=c#d",
    "dots..within",
    "grüße-世界-🚀",
    "a+b&c;d:e@f",
    "back\\slash",
    '"quoted"',
    "x".repeat(300),
  ])("the workflow name %j is written, read and deleted as it is", async (workflow) => {
    const { reader, writer } = await serveAndOpen();
    const scope = { project: "project1", domain: "development", workflow };
    const row = { kind: "execution_cluster_label", scope, launch_plan: null, value: "gpu" } as const;
    await writer.putRow(row);
    expect(await reader.listRows("execution_cluster_label")).toEqual([row]);
    await writer.deleteRow("execution_cluster_label", scope);
    expect(await reader.listRows("execution_cluster_label")).toEqual([]);
  });

  test.each(["", "  ", "Upper.case", "tab\tand\u0000nul", "世界"])(
    "the value %j is stored unchecked",
    async (value) => {
      const { reader, writer } = await serveAndOpen();
      await writer.putRow(labelOf("project1", value));
      expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("project1", value)]);
    },
  );

  test.each([
    ["a slash in the workflow", { project: "p", domain: "d", workflow: "a/b" }, "slash"],
    ["a workflow that is a place in a path", { project: "p", domain: "d", workflow: ".." }, "relative path segment"],
    ["an empty workflow", { project: "p", domain: "d", workflow: "" }, "no empty parts"],
    ["half a character", { project: "p", domain: "d", workflow: "\ud800" }, "incomplete character"],
    ["all projects of a domain", { project: "", domain: "development", workflow: null }, "no empty parts"],
    ["a workflow without a domain", { project: "p", domain: null, workflow: "w" }, "no empty parts"],
  ])("%s is refused before anything is sent", async (_what, scope, because) => {
    const { writer, calls } = await serveAndOpen();
    const row = { ...labelOf("p", "x"), scope };
    for (const writing of [writer.putRow(row), writer.deleteRow(row.kind, scope)]) {
      const failure = await failureOf(writing);
      expect(failure).toMatchObject({ code: "scope_unwritable", next: "stop", outcomeUnknown: false });
      expect(failure.message).toContain(because);
      expect(failure.message).toContain("gRPC");
    }
    expect(calls()).toEqual([]);
  });

  test("rows that gRPC alone can write are read: of all projects, of a launch plan, with a slash", async () => {
    const { reader, writer, post } = await serveAndOpen();
    const object = { execution_cluster_label: { value: "x" } };
    await post("/mutate", { op: "create", kind: "attributes", name: "/development", object });
    await post("/mutate", { op: "create", kind: "attributes", name: "team1/staging/a/b", launch_plan: "lp", object });
    const rows = await reader.listRows("execution_cluster_label");
    expect(rows).toEqual([
      {
        ...labelOf("team1", "x"),
        scope: { project: "team1", domain: "staging", workflow: "a/b" },
        launch_plan: "lp",
      },
      { ...labelOf("", "x"), scope: { project: "", domain: "development", workflow: null } },
    ]);
    for (const row of rows) {
      expect(await failureOf(writer.putRow(row))).toMatchObject({ code: "scope_unwritable" });
    }
  });

  test("rows of archived projects are listed, and can't be written any more", async () => {
    const { reader, writer, post } = await serveAndOpen();
    await writer.putRow(labelOf("team1", "x"));
    await post("/mutate", { op: "set", kind: "project", name: "team1", path: "state", value: "ARCHIVED" });
    expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("team1", "x")]);
    expect(await failureOf(writer.putRow(labelOf("team1", "y")))).toMatchObject({ code: "project_archived" });
  });
});

describe("projects and domains", () => {
  test.each([1, 2, 3, 4, 1000])("all projects are read at %i a page, archived ones too", async (pageLimit) => {
    const { reader, post } = await serveAndOpen({ pageLimit });
    await post("/mutate", { op: "create", kind: "project", name: "old", object: { name: "Old", state: "ARCHIVED" } });
    const domains = ["development", "staging", "production"];
    expect(await reader.listProjects()).toEqual([
      { id: "flytesnacks", name: "flytesnacks", domains, state: "active" },
      { id: "old", name: "Old", domains, state: "archived" },
      { id: "project1", name: "project1", domains, state: "active" },
      { id: "team1", name: "team1", domains, state: "active" },
    ]);
    expect(await reader.listDomains()).toEqual(domains);
  });
});

describe("writers at the same time", () => {
  test("parallel first writes of one key end in one row with one of the values", async () => {
    const { reader, writer } = await serveAndOpen();
    const values = Array.from({ length: 40 }, (_, index) => `v${index}`);
    await Promise.all(values.map((value) => writer.putRow(labelOf("project1/staging", value))));
    const rows = await reader.listRows("execution_cluster_label");
    expect(rows).toHaveLength(1);
    expect(values).toContain(rows[0]?.value);
  });

  const duplicate = {
    method: "UpdateProjectDomainAttributes",
    code: "already_exists",
    message: 'value with matching already exists (duplicate key value violates unique constraint "resource_idx")',
  };

  test("a write that lost to another first write is sent again", async () => {
    const { reader, writer, post, calls } = await serveAndOpen();
    await post("/faults", { ...duplicate, count: 2 });
    await writer.putRow(labelOf("project1/staging", "x"));
    expect(await reader.listRows("execution_cluster_label")).toEqual([labelOf("project1/staging", "x")]);
    expect(calls().map((call) => call.split(" ")[1])).toEqual(["already_exists", "already_exists", "ok"]);
  });

  test("one that always loses ends as aborted, known not to be done", async () => {
    const { writer, post, calls } = await serveAndOpen();
    await post("/faults", { ...duplicate, count: 99 });
    const failure = await failureOf(writer.putRow(labelOf("project1/staging", "x")));
    expect(failure).toMatchObject({ code: "aborted", next: "retry", outcomeUnknown: false });
    expect(failure.message).toContain("resource_idx");
    expect(calls()).toHaveLength(5);
  });
});
