import { expect, test } from "vitest";
import { postAdmin } from "./post-admin.ts";
import { serveGateway } from "./serve-gateway.ts";

/** The names on a page of executions, and its token. */
const namesOf = ([, body]: readonly [number, unknown]) => {
  const { executions, token } = body as { executions: readonly { id: { name: string } }[]; token: string };
  return [...executions.map(({ id }) => id.name), token];
};

test("executions are listed by project, domain and phase, page by page, with their cluster", async () => {
  const { json, served } = await serveGateway({ adminPort: 0 });
  const add = (name: string, phase: string) =>
    postAdmin(served, "/mutate", { op: "create", kind: "execution", name, object: { cluster: "east", phase } });
  await add("team1/development/a1", "RUNNING");
  await add("team1/development/a2", "SUCCEEDED");
  await add("team1/development/a3", "QUEUED");
  await add("team1/staging/b1", "RUNNING");
  const path = "GET /executions/team1/development?limit=";
  expect(namesOf(await json(`${path}2`))).toEqual(["a1", "a2", "2"]);
  expect(namesOf(await json(`${path}2&token=2`))).toEqual(["a3", ""]);
  expect(namesOf(await json(`${path}9&filters=value_in(phase,RUNNING;QUEUED)`))).toEqual(["a1", "a3", ""]);
  expect(await json("GET /executions/team1/staging?limit=1")).toMatchObject([
    200,
    {
      executions: [
        {
          id: { project: "team1", domain: "staging", name: "b1" },
          spec: { metadata: { system_metadata: { execution_cluster: "east" } } },
          closure: { phase: "RUNNING" },
        },
      ],
    },
  ]);
});

test("a list without a limit, or filtered by what is no column, is refused", async () => {
  const { json } = await serveGateway();
  expect(await json("GET /executions/team1/staging")).toMatchObject([400, { message: "invalid value for limit" }]);
  expect(await json("GET /executions/team1/staging?limit=1&filters=eq(colour,red)")).toMatchObject([400, {}]);
});
