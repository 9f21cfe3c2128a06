import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeEntry } from "../../model/make-entry.ts";
import { askJson } from "./ask.ts";
import { buildRequests, numberOf } from "./build-requests.ts";
import { NOW } from "./build-targets.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";
import { bearer, serveFake } from "./serve-fake.ts";

const world = buildWorld();
const requests = buildRequests();
const changes = [
  makeEntry(),
  makeEntry({ seq: 2, decided_by: "drift" }),
  makeEntry({ seq: 3, address: "queue.b", physical_name: "b" }),
];
const [production] = world;
const digest = production?.plan?.digest ?? "";
const HOUR = 3_600_000;

let service: FakeService;
let served: Awaited<ReturnType<typeof serveFake>>;
beforeAll(async () => {
  service = createFakeService({ targets: world, picture: "<svg/>", requests, changes });
  served = await serveFake(service);
});
afterAll(() => served.close());

const get = (path: string, headers = {}) => askJson(`${served.url}/api/v1${path}`, { headers });
const post = (path: string, body: unknown, headers: object = bearer("approve")) =>
  askJson(`${served.url}/api/v1${path}`, { body, headers: headers as Record<string, string> });

describe("what is read", () => {
  test("all targets are answered at a glance, without their plans", async () => {
    const { status, body } = await get("/targets");
    expect(status).toBe(200);
    expect(body.targets.map(({ target }: { target: string }) => target)).toEqual(world.map(({ target }) => target));
    expect(body.targets[0]).not.toHaveProperty("plan");
  });

  test("a target is answered as the service has it, plan and passes included", async () => {
    const { status, body } = await get("/targets/production");
    expect(status).toBe(200);
    expect(body).toEqual(JSON.parse(JSON.stringify(production)));
  });

  test("no more passes than asked for are answered", async () => {
    const { body } = await get("/targets/production/passes?limit=2");
    expect(body.passes).toEqual(production?.passes.slice(0, 2));
  });

  test("a pass, a plan by the beginning of its digest, and the audit of a target are found", async () => {
    const pass = production?.passes[0];
    expect((await get(`/passes/${pass?.id}`)).body).toEqual(pass);
    expect((await get(`/plans/${digest.slice(0, 32)}`)).body.plan).toEqual(production?.plan?.plan);
    expect((await get("/audit?target=production&limit=1")).body.entries).toEqual(production?.audit.slice(0, 1));
  });

  test("writes of a target are answered newest first, of one object, or after a number oldest first", async () => {
    const seqs = async (query = "") =>
      (await get(`/targets/production/changes${query}`)).body.entries.map(({ seq }: { seq: number }) => seq);
    expect((await get("/targets/production/changes?limit=1")).body.entries).toEqual([changes[2]]);
    expect(await seqs()).toEqual([3, 2, 1]);
    expect(await seqs("?address=queue.a")).toEqual([2, 1]);
    expect(await seqs("?since=1&limit=1")).toEqual([2]);
    const more = async (query: string) => (await get(`/targets/production/changes${query}`)).body.more;
    expect(await Promise.all(["", "?limit=1", "?since=1&limit=1", "?since=2"].map(more))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(await more("?since=3")).toBe(false);
    expect((await get("/targets/production/changes?address=nothing")).status).toBe(400);
    expect((await get("/targets/production/changes?since=-1")).status).toBe(400);
  });

  test("where the fields of an object come from is answered with the entries, without their values", async () => {
    const { body } = await get("/targets/production/blame?address=queue.b");
    const { before: _before, after: _after, origin: _origin, step_id: _step, ...told } = changes[2] ?? makeEntry();
    const { address: _address, place: _place, kind: _kind, physical_name: _name, ...entry } = told;
    expect(body.fields).toEqual([{ path: "depth", value: 2, source: { kind: "written", entry } }]);
    expect((await get("/targets/production/blame")).status).toBe(400);
  });

  test("requests of a target are answered at a glance, and one with its whole plan", async () => {
    const { status, body } = await get("/targets/production/requests");
    expect(status).toBe(200);
    expect(body.requests).toEqual(JSON.parse(JSON.stringify(requests.map(({ record }) => record))));
    for (const name of ["planned-parts", "invalid", "skipped-fork", "outcome-held"]) {
      const number = numberOf(name);
      const answer = await get(`/targets/production/requests/${number}`);
      expect([answer.status, answer.body]).toEqual([200, JSON.parse(JSON.stringify(requests[number - 1]))]);
    }
  });

  test("a target without requests has none, which is no mistake", async () => {
    expect((await get("/targets/staging/requests")).body).toEqual({ requests: [] });
  });

  test("the picture is an image that may run nothing", async () => {
    const answer = await fetch(`${served.url}/api/v1/targets/production/picture.svg`);
    expect(answer.headers.get("content-type")).toBe("image/svg+xml");
    expect(answer.headers.get("content-security-policy")).toContain("sandbox");
    expect(await answer.text()).toBe("<svg/>");
  });

  test.each([
    "/targets/nowhere",
    "/targets/nowhere/passes",
    "/targets/nowhere/changes",
    "/targets/nowhere/blame?address=queue.a",
    "/targets/production/blame?address=queue.none",
    "/targets/nowhere/requests",
    "/targets/nowhere/requests/1",
    "/targets/production/requests/4000",
    "/targets/staging/requests/1",
    "/passes/none",
    "/plans/0123456789abcdef0123456789abcdef",
    "/targets/nowhere/picture.svg",
    "/nothing",
  ])("%s is not found, and the answer says so with the id of the request", async (path) => {
    const { status, body, headers } = await get(path);
    expect(status).toBe(404);
    expect(body.error.code).toBe("not_found");
    expect(body.request_id).toBe(headers.get("x-request-id"));
  });

  test.each([
    "/targets/%ff",
    "/targets/production/requests/0",
    "/targets/production/requests/one",
    "/targets/production/requests/2147483648",
    "/audit?limit=0",
    "/audit?limit=many",
    "/audit?order=up",
    "/plans/XYZ",
    "/plans/0123",
  ])("%s is refused as invalid", async (path) => {
    const { status, body } = await get(path);
    expect([status, body.error.code]).toEqual([400, "invalid"]);
  });
});

describe("what is asked for", () => {
  test("an approval reaches the service with its overrides and who asked, and is answered", async () => {
    const { status, body } = await post("/approvals", { digest, overrides: ["window"] });
    expect(status).toBe(201);
    expect(body).toMatchObject({ target: "production", digest, by: "approver", via: "api", overrides: ["window"] });
    const actor = { name: "approver", role: "approve", via: "api" };
    expect(service.asked.at(-1)).toEqual({ what: "approve", of: digest, options: { overrides: ["window"] }, actor });
  });

  test("the command line is told apart from other clients", async () => {
    await post(
      "/rejections",
      { digest, reason: "not today" },
      { ...bearer("approve"), "user-agent": "poolkeeper/1.2.3" },
    );
    expect(service.asked.at(-1)).toMatchObject({
      what: "reject",
      options: { reason: "not today" },
      actor: { via: "cli" },
    });
  });

  test("a pause of one object until a moment is asked for in UTC", async () => {
    const until = new Date(NOW.getTime() + HOUR).toISOString();
    const body = { address: "queue.batch", until: until.replace("Z", "+00:00"), reason: "looking" };
    expect((await post("/targets/production/pause", body, bearer("operate"))).status).toBe(201);
    expect(service.asked.at(-1)?.options).toEqual({ address: "queue.batch", until, reason: "looking" });
  });

  test("resume and reconcile take an empty body, or none", async () => {
    expect((await post("/targets/production/resume", {}, bearer("operate"))).body).toEqual({ ended: 1 });
    const init = { method: "POST", headers: bearer("operate") };
    const { status, body } = await askJson(`${served.url}/api/v1/targets/production/reconcile`, init);
    expect(status).toBe(202);
    expect(body.id).toMatch(/^request-/);
    expect(service.asked.at(-1)?.options).toEqual({ kind: "stay" });
  });

  test("an earlier revision, and giving it up, are asked for as they are", async () => {
    await post("/targets/production/reconcile", { revision: "4f2a9c8" }, bearer("operate"));
    expect(service.asked.at(-1)?.options).toEqual({ kind: "pin", revision: "4f2a9c8" });
    await post("/targets/production/reconcile", { revision: "" }, bearer("operate"));
    expect(service.asked.at(-1)?.options).toEqual({ kind: "follow" });
  });

  test.each([
    ["/approvals", {}],
    ["/approvals", { digest: 7 }],
    ["/approvals", { digest: "short" }],
    ["/approvals", { digest, force: true }],
    ["/approvals", { digest, overrides: "window" }],
    ["/rejections", { digest }],
    ["/rejections", { digest, reason: " " }],
    ["/targets/production/pause", { reason: "x", until: "tomorrow" }],
    ["/targets/production/pause", { reason: "x", until: "2020-01-01T00:00:00Z" }],
    ["/targets/production/pause", { reason: "x", until: "2027-13-45T00:00:00Z" }],
    ["/targets/production/pause", { reason: "x", address: "pod.web" }],
    ["/targets/production/reconcile", { revision: "--upload-pack=evil" }],
  ])("%s with %j is refused as invalid and reaches nobody", async (path, body) => {
    const before = service.asked.length;
    const answer = await post(path, body);
    expect([answer.status, answer.body.error.code]).toEqual([400, "invalid"]);
    expect(service.asked.length).toBe(before);
  });

  test("a target that is not there is not found", async () => {
    expect((await post("/targets/nowhere/reconcile", {})).status).toBe(404);
  });

  test.each([
    ["stale", 409],
    ["conflict", 409],
    ["ambiguous", 409],
    ["not_allowed", 403],
    ["not_found", 404],
    ["invalid", 400],
    ["a_word_of_tomorrow", 409],
  ])("a refusal of the service with %s is answered with %i and its own words", async (code, status) => {
    service.refuseWith({ code, message: "Because of that." });
    const answer = await post("/approvals", { digest });
    service.refuseWith(null);
    expect(answer.status).toBe(status);
    expect(answer.body.error.message).toBe("Because of that.");
  });
});

describe("who may", () => {
  test.each([
    ["/approvals", "operate", 403],
    ["/rejections", "operate", 403],
    ["/targets/production/pause", "read", 403],
    ["/targets/production/resume", "read", 403],
    ["/targets/production/reconcile", "read", 403],
  ] as const)("%s takes more than the role %s", async (path, role, status) => {
    // The body is wrong too: who may not ask is not told so.
    const { status: answered, body } = await post(path, { wrong: true }, bearer(role));
    expect([answered, body.error.code]).toEqual([status, "not_allowed"]);
  });

  test.each([
    {},
    { authorization: "Bearer wrong" },
    { authorization: "Basic dXNlcjpwYXNz" },
    { cookie: "poolkeeper_session=x" },
  ])("a change asked for with %j is unauthorized", async (headers) => {
    const { status, body, headers: answered } = await post("/approvals", { digest }, headers);
    expect([status, body.error.code]).toEqual([401, "unauthorized"]);
    expect(answered.get("www-authenticate")).toContain("Bearer");
  });

  test("reading is open where it is configured so, but not with a token that nobody has", async () => {
    expect((await get("/targets")).status).toBe(200);
    expect((await get("/targets", { authorization: "Bearer wrong" })).status).toBe(401);
  });

  test("reading takes a token where it is configured so, on every route that tells something", async () => {
    const closed = await serveFake(service, { read: "token" });
    const paths = [
      "/api/v1/targets",
      "/api/v1/openapi.json",
      "/api/v1/audit",
      "/metrics",
      "/events",
      "/",
      "/targets/production",
      "/targets/production/requests/1",
      "/api/v1/targets/production/requests",
      "/api/v1/targets/production/requests/1",
    ];
    const without = await Promise.all(paths.map((path) => fetch(closed.url + path)));
    expect(without.map(({ status }) => status)).toEqual(paths.map(() => 401));
    expect((await fetch(`${closed.url}/api/v1/targets`, { headers: bearer("read") })).status).toBe(200);
    await closed.close();
  });

  test("a token that can't be read, or is too short, lets nobody in and says so in the log alone", async () => {
    const tokens = [
      { name: "broken", role: "approve", secret: { file: "/nowhere" } },
      { name: "short", role: "approve", secret: { env: "short" } },
    ] as const;
    const readSecret = ({ env, file }: { readonly env?: string; readonly file?: string }) => {
      if (file !== undefined) throw new Error(`no file ${file}`);
      return env ?? "";
    };
    const other = await serveFake(service, { tokens }, { readSecret });
    for (const _again of [1, 2]) {
      const { status, text } = await askJson(`${other.url}/api/v1/targets`, {
        headers: { authorization: "Bearer short" },
      });
      expect(status).toBe(401);
      expect(text).not.toContain("/nowhere");
    }
    const written = other.lines.map((line) => JSON.parse(line)).filter(({ msg }) => /^token /.test(msg));
    expect(written).toHaveLength(2);
    expect(new Map(written.map(({ token_name, msg }) => [token_name, msg]))).toEqual(
      new Map([
        ["broken", "token can't be read and is rejected"],
        ["short", "token is shorter than 16 characters and is rejected"],
      ]),
    );
    await other.close();
  });
});
