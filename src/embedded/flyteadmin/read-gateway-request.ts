import { type DescField, type DescMessage, fromJson, type JsonObject, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { checkJsonBody, JsonBodyError, parseJsonBody } from "./check-json-body.ts";
import type { GatewayRoute } from "./gateway-routes.ts";

/** The parts of an HTTP request that make the message of a call. */
export interface GatewayInput {
  readonly route: GatewayRoute;
  /** Fields of the path; they take precedence over the body's. */
  readonly fields: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  readonly body: string;
  /** Whether the body was declared as `application/json`: only then unknown fields are refused. */
  readonly isJson: boolean;
}

/**
 * The message of a call: GET has its fields in the query (unknown names are ignored), all other methods in the body alone.
 * Both namings are accepted, and enums by name or number. Throws an `invalid_argument` ConnectError with the server's message.
 */
export function readGatewayRequest(input: GatewayInput): Message {
  const { route, fields, query, body, isJson } = input;
  const schema = route.method.input;
  try {
    const given = route.verb === "GET" ? readQuery(schema, query) : readBody(schema, body, isJson);
    for (const [path, value] of fields) {
      setField(given, path.split("."), value);
    }
    return fromJson(schema, given, { ignoreUnknownFields: true });
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const message = cause instanceof JsonBodyError ? said : `proto: ${said}`;
    throw new ConnectError(message, Code.InvalidArgument, undefined, undefined, cause);
  }
}

function readBody(schema: DescMessage, text: string, isJson: boolean): JsonObject {
  const json = parseJsonBody(text);
  checkJsonBody(schema, json, { text, refuseUnknown: isJson });
  // The check accepts only objects.
  return json as JsonObject;
}

function readQuery(schema: DescMessage, query: URLSearchParams): JsonObject {
  return Object.fromEntries(
    schema.fields.flatMap((field) => {
      const text = query.get(field.name) ?? query.get(field.jsonName);
      return text === null || (field.fieldKind !== "scalar" && field.fieldKind !== "enum")
        ? []
        : [[field.jsonName, readParameter(field, text)]];
    }),
  );
}

function readParameter(field: DescField, text: string): string | number {
  if (field.fieldKind === "enum") {
    const value = field.enum.values.find(({ name, number }) => name === text || String(number) === text);
    if (value === undefined) {
      throw new JsonBodyError(`parsing field "${field.name}": "${text}" is not a valid value`);
    }
    return value.number;
  }
  if (field.name === "limit" && !/^\d{1,9}$/.test(text)) {
    throw new JsonBodyError(`parsing field "limit": strconv.ParseUint: parsing "${text}": invalid syntax`);
  }
  return field.name === "limit" ? Number(text) : text;
}

function setField(json: JsonObject, path: readonly string[], value: string): void {
  const [first = "", ...rest] = path;
  if (rest.length === 0) {
    json[first] = value;
    return;
  }
  const inner = json[first];
  const object: JsonObject = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  json[first] = object;
  setField(object, rest, value);
}
