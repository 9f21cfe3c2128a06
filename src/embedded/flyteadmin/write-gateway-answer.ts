import { type DescMessage, type JsonObject, type JsonValue, type Message, toJson } from "@bufbuild/protobuf";
import { Code, type ConnectError } from "@connectrpc/connect";
import { InactiveProjectSchema } from "../../systems/control-plane/gen/flyteidl/admin/admin_pb.js";

/** The naming of the fields of a response. */
export type Naming = "snake_case" | "lowerCamelCase";

/** As measured on the server: snake_case where the headers say exactly `application/json`, else lowerCamelCase. */
export function chooseNaming({ accept, contentType }: { accept: string; contentType: string }): Naming {
  return accept === "application/json" || isJsonType(contentType) ? "snake_case" : "lowerCamelCase";
}

/** Whether a content type is JSON, with any parameters. */
export function isJsonType(contentType: string): boolean {
  return contentType.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}

/** A message as JSON with every field in it: unset ones as "", 0, [] or (messages) null; only members of a oneof are left out. */
export function writeJson(schema: DescMessage, message: Message, naming: Naming): JsonValue {
  const useProtoFieldName = naming === "snake_case";
  const json = toJson(schema, message, { alwaysEmitImplicit: true, useProtoFieldName });
  return fillIn(schema, json, naming);
}

/** The response of an error: code, message and details, with the HTTP status of the code. */
export function writeError(error: ConnectError): { readonly status: number; readonly body: JsonObject } {
  const details = error.findDetails(InactiveProjectSchema).map((detail) => ({
    "@type": `type.googleapis.com/${detail.$typeName}`,
    id: detail.id,
    org: detail.org,
  }));
  return { status: STATUS[error.code], body: { code: error.code, message: error.rawMessage, details } };
}

const STATUS: Readonly<Record<Code, number>> = {
  [Code.Canceled]: 499,
  [Code.Unknown]: 500,
  [Code.InvalidArgument]: 400,
  [Code.DeadlineExceeded]: 504,
  [Code.NotFound]: 404,
  [Code.AlreadyExists]: 409,
  [Code.PermissionDenied]: 403,
  [Code.ResourceExhausted]: 429,
  [Code.FailedPrecondition]: 400,
  [Code.Aborted]: 409,
  [Code.OutOfRange]: 400,
  [Code.Unimplemented]: 501,
  [Code.Internal]: 500,
  [Code.Unavailable]: 503,
  [Code.DataLoss]: 500,
  [Code.Unauthenticated]: 401,
};

function fillIn(schema: DescMessage, json: JsonValue, naming: Naming): JsonValue {
  if (!isObject(json) || schema.typeName.startsWith("google.protobuf.")) {
    return json;
  }
  const filled: JsonObject = {};
  for (const field of schema.fields) {
    const name = naming === "snake_case" ? field.name : field.jsonName;
    const value = json[name];
    const inner = field.message;
    if (inner === undefined) {
      if (value !== undefined) filled[name] = value;
    } else if (value !== undefined) {
      filled[name] = Array.isArray(value)
        ? value.map((item) => fillIn(inner, item, naming))
        : fillIn(inner, value, naming);
    } else if (field.oneof === undefined) {
      filled[name] = null;
    }
  }
  return filled;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
