import { describe, expect, test } from "vitest";
import { serveGateway } from "./serve-gateway.ts";

const DOMAINS = ["development", "staging", "production"].map((id) => ({ id, name: id }));
const TEAM_A = { project: { id: "team-a", name: "Team A", description: "d" } };

/** The ids of the projects on a page, and its token. */
const idsOf = ([, body]: readonly [number, unknown]) => {
  const { projects, token } = body as { projects: readonly { id: string }[]; token: string };
  return [...projects.map(({ id }) => id), token];
};

describe("projects", () => {
  test("there are those of the documents from the start, with the domains of all", async () => {
    const { json } = await serveGateway();
    expect(idsOf(await json("GET /projects"))).toEqual(["flytesnacks", "project1", "team1", ""]);
    expect(await json("GET /domains")).toEqual([200, { domains: DOMAINS }]);
  });

  test("one is registered once, and read with every field", async () => {
    const { json } = await serveGateway();
    expect(await json("POST /projects", TEAM_A)).toEqual([200, {}]);
    expect(await json("POST /projects", TEAM_A)).toEqual([
      409,
      {
        code: 6,
        message: 'value with matching already exists (duplicate key value violates unique constraint "projects_pkey")',
        details: [],
      },
    ]);
    expect(await json("GET /projects/team-a")).toEqual([
      200,
      { id: "team-a", name: "Team A", domains: DOMAINS, description: "d", labels: null, state: "ACTIVE", org: "" },
    ]);
  });

  test.each([
    ["an id in capitals", { id: "Team_A", name: "x" }, "invalid project id [Team_A]: [a lowercase RFC 1123 label must"],
    ["an id that is too long", { id: "x".repeat(64), name: "x" }, "must be no more than 63 characters"],
    ["no id", { name: "x" }, "missing project_id"],
    ["no name", { id: "x" }, "missing project_name"],
    ["a name that is too long", { id: "x", name: "x".repeat(65) }, "project_name cannot exceed 64 characters"],
    [
      "domains of its own",
      { id: "x", name: "x", domains: [{ id: "qa" }] },
      "Domains are currently only set system wide",
    ],
  ])("%s is refused", async (_what, project, message) => {
    const { json } = await serveGateway();
    expect(await json("POST /projects", { project })).toEqual([
      400,
      { code: 3, message: expect.stringContaining(message), details: [] },
    ]);
    expect(idsOf(await json("GET /projects"))).toHaveLength(4);
  });

  test("one that is not there is 404 with its name, read or updated", async () => {
    const { json } = await serveGateway();
    const missing = [404, { code: 5, message: "project [nope] not found", details: [] }];
    expect(await json("GET /projects/nope")).toEqual(missing);
    expect(await json("PUT /projects/nope", { name: "x" })).toEqual(missing);
  });

  test("an archived one is hidden from the list unless a filter is given", async () => {
    const { json, archive } = await serveGateway();
    await archive("team1");
    expect(await json("GET /projects/team1")).toMatchObject([200, { name: "team1", state: "ARCHIVED" }]);
    expect(idsOf(await json("GET /projects"))).toEqual(["flytesnacks", "project1", ""]);
    const filtered = (filter: string) => json(`GET /projects?filters=${encodeURIComponent(filter)}`);
    expect(idsOf(await filtered("ne(project.identifier,-)"))).toEqual(["flytesnacks", "project1", "team1", ""]);
    expect(idsOf(await filtered("eq(project.identifier,team1)"))).toEqual(["team1", ""]);
    expect(idsOf(await filtered("value_in(identifier,team1;project1)"))).toEqual(["project1", "team1", ""]);
    expect(idsOf(await filtered("ne(state,1)+contains(name,project)"))).toEqual(["project1", ""]);
    expect((await filtered("eq(nothing)"))[0]).toBe(400);
    expect((await filtered("eq(project.colour,red)"))[0]).toBe(400);
    expect((await filtered("resembles(project.name,red)"))[0]).toBe(400);
  });

  test("a token is an offset, and a last page that is just full has one too", async () => {
    const { json } = await serveGateway();
    expect(idsOf(await json("GET /projects?limit=1"))).toEqual(["flytesnacks", "1"]);
    expect(idsOf(await json("GET /projects?limit=1&token=1"))).toEqual(["project1", "2"]);
    expect(idsOf(await json("GET /projects?limit=2&token=1"))).toEqual(["project1", "team1", "3"]);
    expect(idsOf(await json("GET /projects?limit=2&token=3"))).toEqual([""]);
    expect(idsOf(await json("GET /projects?limit=4"))).toEqual(["flytesnacks", "project1", "team1", ""]);
    expect((await json("GET /projects?token=next"))[0]).toBe(400);
    expect((await json("GET /projects?limit=-1"))[0]).toBe(400);
  });
});
