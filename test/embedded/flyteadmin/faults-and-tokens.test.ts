import { describe, expect, test } from "vitest";
import { holdCalls } from "../../set-up/hold-calls.ts";
import { outcomeOf } from "../open-world.ts";
import { JSON_TYPE, labelBody, serveGateway } from "./serve-gateway.ts";

const PATH = "/project_attributes/team1";
const LIST = "GET /matchable_attributes?resource_type=3";

async function serveWithFaults() {
  const gateway = await serveGateway({ adminPort: 0 });
  const post = async (body: object) => {
    const answer = await fetch(`${gateway.served.adminUrl}/faults`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBe(200);
  };
  return { ...gateway, post };
}

describe("faults strike the gateway too", () => {
  test("a code refuses with its HTTP status, as often as asked", async () => {
    const { json, post } = await serveWithFaults();
    await post({ method: "ListMatchableAttributes", code: "unavailable", count: 2, after: 1 });
    const statuses: unknown[] = [];
    for (let call = 0; call < 4; call++) statuses.push((await json(LIST))[0]);
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  test("two first writes that met are told in the words of the server, and nothing was written", async () => {
    const { json, post } = await serveWithFaults();
    const message =
      'value with matching already exists (duplicate key value violates unique constraint "resource_idx")';
    await post({ method: "AdminService/UpdateProjectAttributes", code: "already_exists", message });
    expect(await json(`PUT ${PATH}`, labelBody("x"))).toEqual([409, { code: 6, message, details: [] }]);
    expect(await json(LIST)).toEqual([200, { configurations: [] }]);
    expect(await json(`PUT ${PATH}`, labelBody("x"))).toEqual([200, {}]);
  });

  test("a connection is cut before the rule, or after the commit: then the write stands", async () => {
    const { json, post } = await serveWithFaults();
    await post({ method: "UpdateProjectAttributes", drop: true });
    expect(await outcomeOf(json(`PUT ${PATH}`, labelBody("x")))).not.toBe("ok");
    expect(await json(LIST)).toEqual([200, { configurations: [] }]);
    await post({ method: "UpdateProjectAttributes", drop_after_commit: true });
    expect(await outcomeOf(json(`PUT ${PATH}`, labelBody("x")))).not.toBe("ok");
    expect(await json(LIST)).toMatchObject([200, { configurations: [{ project: "team1" }] }]);
  });

  test("a call waits as long as asked", async () => {
    const { json, post } = await serveWithFaults();
    await post({ method: "GetDomains", delay_ms: 60 });
    const before = performance.now();
    expect((await json("GET /domains"))[0]).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });

  test("a call that is held is carried out after its release, and not once its caller has left", async () => {
    const { json, served } = await serveWithFaults();
    const held = await holdCalls(served.adminUrl, { method: "UpdateProjectAttributes", count: 2 });
    const writing = json(`PUT ${PATH}`, labelBody("x"));
    const leaving = new AbortController();
    const { signal } = leaving;
    const url = `${served.url}/api/v1/project_attributes/project1`;
    const left = fetch(url, { method: "PUT", headers: JSON_TYPE, body: JSON.stringify(labelBody("x")), signal });
    await held.arrived(2);
    expect(await json(LIST)).toEqual([200, { configurations: [] }]);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(held.count).toBe(1);
    await held.release();
    expect((await writing)[0]).toBe(200);
    expect(await json(LIST)).toMatchObject([200, { configurations: [{ project: "team1" }] }]);
  });

  test("the journal has every change that was asked for, with what became of it", async () => {
    const { json, post, served } = await serveWithFaults();
    await post({ method: "*", code: "internal" });
    await json(`PUT ${PATH}`, labelBody("x"));
    await json(`PUT ${PATH}`, labelBody("x"));
    await json("PUT /project_attributes/nope", labelBody("x"));
    await json(`DELETE ${PATH}`, { resource_type: 3 });
    await json(LIST);
    expect(served.model.journal.map(({ method, outcome }) => `${method} ${outcome}`)).toEqual([
      "AdminService/UpdateProjectAttributes internal",
      "AdminService/UpdateProjectAttributes ok",
      "AdminService/UpdateProjectAttributes invalid_argument",
      "AdminService/DeleteProjectAttributes ok",
    ]);
  });
});

describe("a token protects the gateway too", () => {
  test.each([
    ["the token", { authorization: "Bearer s3cret" }, 200],
    ["another", { authorization: "Bearer other" }, 401],
    ["none", {}, 401],
  ])("with %s", async (_what, headers, status) => {
    const { send } = await serveGateway({ token: "s3cret" });
    expect((await send("GET /domains", { headers })).status).toBe(status);
    const written = await send(`PUT ${PATH}`, { headers: { ...headers, ...JSON_TYPE }, body: labelBody("x") });
    expect(written.status).toBe(status);
    if (status === 401) expect(written.body).toMatchObject({ code: 16, details: [] });
  });
});
