import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { FLYTEADMIN_ERRORS } from "../../../src/systems/flyteadmin/flyteadmin-errors.ts";
import type { FlyteadminOptions } from "../../../src/systems/flyteadmin/open-flyteadmin.ts";
import { Secret } from "../../../src/systems/http/secret.ts";
import { SOON_MS } from "../../set-up/patience.ts";
import { everythingOf, failureOf } from "../control-plane/fixtures/failure.ts";
import { serve } from "../control-plane/fixtures/serve.ts";
import { labelOf, open, scopeOf, serveAndOpen } from "./fixtures/open.ts";

const LABEL = "execution_cluster_label";
const once = { retries: 0 };
const json = { "content-type": "application/json" };

/** Opens a flyteadmin whose every answer is made by `answer`. */
async function openAnswering(answer: (response: ServerResponse) => void, options: FlyteadminOptions = once, set = {}) {
  const port = await serve((request, response) => {
    request.resume().on("end", () => answer(response));
  });
  return open({ endpoint: `http://127.0.0.1:${port}`, ...set }, options);
}

const refusing = (status: number, code: number, message: string) =>
  openAnswering((response) => response.writeHead(status, json).end(JSON.stringify({ code, message, details: [] })));

test("a read ends with its signal though flyteadmin says nothing", async () => {
  const asked = Promise.withResolvers<void>();
  const { readerUntil } = await openAnswering(() => asked.resolve());
  const ending = new AbortController();
  const ended = failureOf(readerUntil(ending.signal).listDomains());
  await asked.promise;
  ending.abort();
  expect(await ended).toMatchObject({ code: "ended_early", next: "retry" });
});

describe("what the served flyteadmin refuses", () => {
  test.each([
    ["nope/development", "project_unknown", "project [nope] not found", "create it first"],
    ["nope", "project_unknown", "project [nope] not found", "create it first"],
    ["nope/development/wf", "project_unknown", "project [nope] not found", "create it first"],
    ["project1/qa", "domain_unknown", "domain [qa] is unrecognized", "flyteadmin's configuration"],
    ["project1/qa/wf", "domain_unknown", "domain [qa] is unrecognized", "flyteadmin's configuration"],
    ["team1/development", "project_archived", "project [team1] is not active", "--activate"],
    ["team1", "project_archived", "project [team1] is not active", "--activate"],
  ])("a write or deletion at %s is %s", async (scope, code, words, remedy) => {
    const { writer, post } = await serveAndOpen();
    await post("/mutate", { op: "set", kind: "project", name: "team1", path: "state", value: "ARCHIVED" });
    for (const writing of [writer.putRow(labelOf(scope, "x")), writer.deleteRow(LABEL, scopeOf(scope))]) {
      const failure = await failureOf(writing);
      expect(failure).toMatchObject({ code, next: "stop", outcomeUnknown: false });
      expect(failure.message).toContain(words);
      expect(failure.message).toContain(remedy);
      expect(failure.message).toContain("_attributes/");
    }
  });

  test.each([undefined, "wrong"])("a token that is %s is unauthenticated; the right one is let in", async (sent) => {
    const token = sent === undefined ? null : new Secret(sent);
    const { reader, served } = await serveAndOpen({}, { token }, { token: "the-right-one" });
    const failure = await failureOf(reader.listDomains());
    expect(failure).toMatchObject({ code: "unauthenticated", next: "stop" });
    expect(failure.message).toContain("--flyteadmin-token");
    const good = open({ endpoint: served.url, token: new Secret("the-right-one") });
    expect(await good.reader.listDomains()).toHaveLength(3);
  });

  test.each([
    ["unavailable", true],
    ["internal", true],
    ["unknown", true],
    ["data_loss", true],
    ["resource_exhausted", false],
    ["permission_denied", false],
    ["failed_precondition", false],
    ["aborted", false],
  ] as const)("%s is told by the catalogue, and a write is tried once but for a lost race", async (code, ambiguous) => {
    const { writer, post, calls } = await serveAndOpen({ retries: 2 });
    await post("/faults", { method: "*", code, count: 9 });
    const failure = await failureOf(writer.deleteRow(LABEL, scopeOf("project1")));
    expect(failure).toMatchObject({ code, next: FLYTEADMIN_ERRORS[code].next, outcomeUnknown: ambiguous });
    expect(calls()).toHaveLength(code === "aborted" ? 3 : 1);
  });

  test("a read that succeeds at last is no failure", async () => {
    const { reader, post } = await serveAndOpen();
    await post("/faults", { method: "ListMatchableAttributes", code: "unavailable", count: 4 });
    expect(await reader.listRows(LABEL)).toEqual([]);
  });
});

describe("a connection that is cut", () => {
  test("before the rule: the outcome is unknown, and reading tells that nothing was done", async () => {
    const { reader, writer, post } = await serveAndOpen();
    await post("/faults", { method: "UpdateProjectAttributes", drop: true });
    const failure = await failureOf(writer.putRow(labelOf("team1", "x")));
    expect(failure).toMatchObject({ code: "connection_cut", next: "retry", outcomeUnknown: true });
    expect(await reader.listRows(LABEL)).toEqual([]);
  });

  test("after the commit: the outcome is unknown, and reading tells that it was done", async () => {
    const { reader, writer, post, calls } = await serveAndOpen();
    await post("/faults", { method: "UpdateProjectAttributes", drop_after_commit: true });
    const failure = await failureOf(writer.putRow(labelOf("team1", "x")));
    expect(failure).toMatchObject({ code: "connection_cut", next: "retry", outcomeUnknown: true });
    expect(await reader.listRows(LABEL)).toEqual([labelOf("team1", "x")]);
    expect(calls()).toEqual(["UpdateProjectAttributes ok"]);
    await post("/faults", { method: "DeleteProjectAttributes", drop_after_commit: true });
    expect(await failureOf(writer.deleteRow(LABEL, scopeOf("team1")))).toMatchObject({ outcomeUnknown: true });
    expect(await reader.listRows(LABEL)).toEqual([]);
  });

  test("in a read: it is read again", async () => {
    const { reader, post } = await serveAndOpen();
    await post("/faults", { method: "ListProjects", drop: true, count: 2 });
    expect(await reader.listProjects()).toHaveLength(3);
  });

  test("in the middle of an answer: the outcome of a write is unknown", async () => {
    const { writer } = await openAnswering((response) => {
      response.writeHead(200, { ...json, "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    const failure = await failureOf(writer.putRow(labelOf("p", "x")));
    expect(failure).toMatchObject({ code: "connection_cut", outcomeUnknown: true });
  });

  test("or never came about: nothing was done", async () => {
    const { served, reader } = await serveAndOpen();
    await served.close();
    const { writer } = open({ endpoint: reader.endpoint }, once);
    const failure = await failureOf(writer.putRow(labelOf("p", "x")));
    expect(failure).toMatchObject({ code: "connection_refused", next: "retry", outcomeUnknown: false });
    expect(failure.message).toMatch(/^flyteadmin at http:\/\/127\.0\.0\.1:\d+ can't be reached/);
  });

  test("or stays silent: the call ends in time, and its outcome is unknown", async () => {
    const { served, post } = await serveAndOpen();
    await post("/faults", { method: "*", hang: true, count: 2 });
    const { reader, writer } = open({ endpoint: served.url, timeoutMs: SOON_MS }, { retries: 3 });
    const failure = await failureOf(writer.putRow(labelOf("project1", "x")));
    expect(failure).toMatchObject({ code: "timeout", next: "retry", outcomeUnknown: true });
    expect(await failureOf(reader.listDomains())).toMatchObject({ code: "timeout", outcomeUnknown: false });
  });

  test("by closing our own side: it is cancelled and not tried again", async () => {
    const { served, post } = await serveAndOpen();
    await post("/faults", { method: "*", hang: true });
    const { reader, close } = open({ endpoint: served.url });
    const reading = failureOf(reader.listDomains());
    await close();
    expect(await reading).toMatchObject({ code: "canceled", next: "stop" });
  });
});

describe("a list of rows", () => {
  const openRows = (rows: readonly object[], maxObjects: number) =>
    openAnswering((response) => response.writeHead(200, json).end(JSON.stringify({ configurations: rows })), once, {
      maxObjects,
    });
  const rowNamed = (project: string) => ({
    attributes: { execution_cluster_label: { value: "gpu" } },
    ...{ domain: "", project, workflow: "", launch_plan: "" },
  });

  test("of more than a list may have is refused", async () => {
    const { reader } = await openRows(
      Array.from({ length: 11 }, (_, at) => rowNamed(`p${at}`)),
      10,
    );
    const failure = await failureOf(reader.listRows(LABEL));
    expect(failure).toMatchObject({ code: "list_too_long", next: "stop" });
    expect(failure.message).toContain("returned more than 10 objects");
  });

  test("of more text than that many rows have is refused", async () => {
    const { reader } = await openRows([rowNamed("p".repeat(6_000))], 10);
    expect((await failureOf(reader.listRows(LABEL))).message).toContain("more than 5,120 characters of text");
  });

  test("of as many as a list may have is read", async () => {
    const { reader } = await openRows(
      Array.from({ length: 10 }, (_, at) => rowNamed(`p${at}`)),
      10,
    );
    expect(await reader.listRows(LABEL)).toHaveLength(10);
  });
});

describe("an answer that is not flyteadmin's", () => {
  const html = { "content-type": "text/html" };
  test.each([
    [302, "bad_answer"],
    [400, "bad_answer"],
    [401, "unauthenticated"],
    [403, "permission_denied"],
    [404, "flyteadmin_absent"],
    [408, "unavailable"],
    [429, "resource_exhausted"],
    [500, "internal"],
    [501, "unimplemented"],
    [502, "unavailable"],
    [503, "unavailable"],
    [504, "unavailable"],
  ] as const)("HTTP %i with a page of HTML is %s", async (status, code) => {
    const { reader } = await openAnswering((response) => response.writeHead(status, html).end("<html>no"));
    expect(await failureOf(reader.listRows(LABEL))).toMatchObject({ code, next: FLYTEADMIN_ERRORS[code].next });
  });

  test.each([
    ["a login page", "<html>log in</html>"],
    ["a list", "[]"],
    ["a text", '"hello"'],
    ["nothing", ""],
    ["an object that someone else made up", '{"status":"ok"}'],
    ["rows that are no list", '{"configurations":{}}'],
    ["rows that are no objects", '{"configurations":[1]}'],
    ["a row without attributes", '{"configurations":[{"project":"p"}]}'],
    ["a row of another kind", '{"configurations":[{"project":"p","attributes":{"cluster_assignment":{}}}]}'],
    ["a project that is a number", '{"configurations":[{"project":1,"attributes":{"execution_cluster_label":{}}}]}'],
  ])("HTTP 200 with %s is a bad answer, and not tried again", async (_what, body) => {
    let calls = 0;
    const { reader } = await openAnswering((response) => {
      calls += 1;
      response.writeHead(200, json).end(body);
    }, {});
    expect(await failureOf(reader.listRows(LABEL))).toMatchObject({ code: "bad_answer", next: "stop" });
    expect(calls).toBe(1);
  });

  test("after a write it leaves the outcome unknown", async () => {
    const { writer } = await openAnswering((response) => response.writeHead(200, html).end("<html>log in"));
    const failure = await failureOf(writer.putRow(labelOf("p", "x")));
    expect(failure).toMatchObject({ code: "bad_answer", outcomeUnknown: true });
  });

  test("a control plane without flyteadmin is told as that", async () => {
    const { reader } = await openAnswering((response) =>
      response.writeHead(404, json).end('{"code":"unimplemented","message":"unknown path"}'),
    );
    const failure = await failureOf(reader.listRows(LABEL));
    expect(failure).toMatchObject({ code: "flyteadmin_absent", next: "stop" });
    expect(failure.message).toContain("--flyteadmin-endpoint");
  });
});

describe("one gRPC code, told apart by its words", () => {
  test.each([
    [404, 5, "Not Found", "flyteadmin_absent"],
    [404, 5, "Resource [{Project:p Domain:d Workflow: LaunchPlan: ResourceType:X}] not found", "not_found"],
    [404, 5, "project [p] not found", "not_found"],
    [400, 3, "missing matching_attributes", "invalid_argument"],
    [400, 3, 'proto: (line 1:81): unknown field "nope"', "invalid_argument"],
    [501, 12, "Method Not Allowed", "unimplemented"],
    [409, 6, "duplicate key value", "aborted"],
    [401, 16, "token expired", "unauthenticated"],
    [400, 9, "not now", "failed_precondition"],
    [418, 77, "a code of the future", "unknown"],
  ])("HTTP %i, code %i, %j is %s", async (status, grpc, message, code) => {
    const { reader } = await refusing(status, grpc, message);
    const failure = await failureOf(reader.listRows(LABEL));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.message).toContain("GET /api/v1/matchable_attributes");
  });
});

test("Retry-After is what a read waits for", async () => {
  const pauses: (number | null)[] = [];
  const delayMs = (_: number, retryAfterMs: number | null) => {
    pauses.push(retryAfterMs);
    return 0;
  };
  const busy = (response: ServerResponse) => response.writeHead(503, { "retry-after": "2" }).end();
  const { reader } = await openAnswering(busy, { delayMs, retries: 2 });
  expect(await failureOf(reader.listDomains())).toMatchObject({ code: "unavailable", retryAfterMs: 2_000 });
  expect(pauses).toEqual([2_000, 2_000]);
});

test("a token that a server repeats is shown nowhere", async () => {
  const token = new Secret("very-secret-token");
  const repeat = (response: ServerResponse) =>
    response.writeHead(401, json).end(JSON.stringify({ code: 16, message: "Bearer very-secret-token is not good" }));
  const { reader } = await openAnswering(repeat, once, { token });
  const failure = await failureOf(reader.listDomains());
  expect(failure.message).toContain("*** is not good");
  expect(everythingOf(failure)).not.toContain("very-secret-token");
});

test("a list of projects whose pages never end is an error", async () => {
  const page = { projects: [{ id: "p", name: "p", domains: [] }], token: "1" };
  const { reader } = await openAnswering((response) => response.writeHead(200, json).end(JSON.stringify(page)));
  expect(await failureOf(reader.listProjects())).toMatchObject({ code: "paging_broken", next: "stop" });
});
