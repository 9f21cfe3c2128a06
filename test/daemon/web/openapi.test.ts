import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { READ_ROUTES } from "../../../src/daemon/web/api/read-routes.ts";
import { WRITE_ROUTES } from "../../../src/daemon/web/api/write-routes.ts";
import { askJson } from "./ask.ts";
import { buildRequests } from "./build-requests.ts";
import { buildWorld } from "./build-world.ts";
import { createFakeService } from "./fake-service.ts";
import { serveFake } from "./serve-fake.ts";

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required: boolean }[];
  readonly requestBody?: object;
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

let served: Awaited<ReturnType<typeof serveFake>>;
let document: {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
};
beforeAll(async () => {
  served = await serveFake(createFakeService({ targets: buildWorld(), requests: buildRequests() }));
  document = (await askJson(`${served.url}/api/v1/openapi.json`)).body;
});
afterAll(() => served.close());

function listOperations(): readonly (readonly [string, string, Operation])[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
  );
}

/** What callers may know of records of which the daemon keeps more. */
const SHOWN: Readonly<Record<string, string>> = {
  Approval: "at by digest expires_at id overrides revision state target via",
  Pause: "address at by id reason target until",
  GivenPause: "address at by id reason target until warning",
  KeptPlan: "digest made_at plan revision target",
  Blame: "address fields log_began looked_at physical_name",
  Review: "approval approved base head made_at outcome page target verdict version",
  TargetOverview:
    "applied_revision approvals contests control_plane drift_since drifted failures good_revision last_pass last_success_at left_behind looked_at objects org other_writes pauses pinned_revision requests_trouble running source status target unreachable unreachable_more updated_at warnings",
  TargetDetail:
    "applied applied_revision approvals audit contests control_plane drift_since drifted failures good_revision last_pass last_success_at left_behind looked_at objects org other_writes passes pauses pinned_revision plan requests_trouble running source status target unreachable unreachable_more updated_at warnings",
};

describe("the OpenAPI document", () => {
  test("it is of version 3.1 and has every route once, with an id of its own", () => {
    expect(document.openapi).toBe("3.1.0");
    expect(document.info).toMatchObject({ title: "poolkeeper", version: "1.2.3" });
    const told = listOperations().map(([method, path]) => `${method.toUpperCase()} ${path}`);
    const routes = [...READ_ROUTES, ...WRITE_ROUTES].map(
      ({ method, url }) => `${method} ${url.replace(/:(name|id|digest|number)\b/g, "{$1}")}`,
    );
    expect(told.toSorted()).toEqual(routes.toSorted());
    const ids = listOperations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("parameters of a path are exactly those that it names, and required", () => {
    for (const [, path, { parameters }] of listOperations()) {
      const inPath = parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => name)).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  test("what changes something has a body, and every answer has a schema", () => {
    for (const [method, , { requestBody, responses }] of listOperations()) {
      expect(requestBody !== undefined).toBe(method === "post");
      for (const { content } of Object.values(responses)) expect(Object.values(content)[0]).toHaveProperty("schema");
    }
  });

  test("every reference leads to a schema of the document, and every schema is one", () => {
    const referred = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref ?? "");
    const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect(referred.filter((ref) => !names.includes(ref))).toEqual([]);
    expect(names.filter((name) => !referred.includes(name) && !name.endsWith("/TargetOverview"))).toEqual([]);
    const ajv = new Ajv2020({ strict: false });
    for (const schema of Object.values(document.components.schemas)) expect(ajv.validateSchema(schema)).toBe(true);
  });

  test.each(Object.entries(SHOWN))("of %s it has the fields that callers may know, and no others", (name, fields) => {
    const { properties, additionalProperties } = { ...document.components.schemas[name] } as {
      readonly properties: object;
      readonly additionalProperties: unknown;
    };
    expect([Object.keys(properties).sort().join(" "), additionalProperties]).toEqual([fields, false]);
  });

  test("what the server answers is valid by the document", async () => {
    const ajv = new Ajv2020({ strict: false, allowUnionTypes: true });
    ajv.addSchema(document, "api");
    const check = async (path: string, route: string) => {
      const { body } = await askJson(served.url + path);
      const pointer = `api#/paths/${route.replaceAll("/", "~1")}/get/responses/200/content/application~1json/schema`;
      const validate = ajv.getSchema(encodeURI(pointer)) ?? ajv.compile({ $ref: encodeURI(pointer) });
      expect([validate(body), validate.errors]).toEqual([true, null]);
    };
    await check("/api/v1/targets", "/api/v1/targets");
    for (const { target } of buildWorld()) await check(`/api/v1/targets/${target}`, "/api/v1/targets/{name}");
    await check("/api/v1/targets/production/requests", "/api/v1/targets/{name}/requests");
    for (const { record } of buildRequests()) {
      const path = `/api/v1/targets/production/requests/${record.number}`;
      await check(path, "/api/v1/targets/{name}/requests/{number}");
    }
  });
});
