import type { JsonValue } from "@bufbuild/protobuf";
import { Ajv2020, type SchemaObject } from "ajv/dist/2020.js";
import { FAULT_CODES, type Fault } from "../faults/inject-faults.ts";

/** Work in flight to set; a count left out is 0, all 0 removes it. */
export interface InFlightRequest {
  readonly queue: string;
  readonly cluster?: string;
  readonly runs?: number;
  readonly actions?: number;
  readonly depth?: number;
}
/** What a cluster's operator declares from now on, in the wire's terms; omitted fields stay. */
export interface ReportRequest {
  readonly cluster: string;
  readonly operator_cluster_data?: JsonValue;
  readonly capacity?: JsonValue;
}
/**
 * A change that bypasses all rules. `path` is dotted and relative to the record; a queue's `spec.` may be omitted. Settings are named by
 * their scope ("", "DOMAIN" or "DOMAIN/PROJECT"), their paths are keys (`run.default_queue`), and null removes a key.
 */
export interface MutateRequest {
  readonly op: "set" | "create" | "delete";
  readonly kind: "cluster_pool" | "cluster" | "queue" | "settings";
  readonly name: string;
  readonly path?: string;
  readonly value?: JsonValue;
  readonly object?: Readonly<Record<string, JsonValue>>;
  /** Of pools, clusters and queues: the author, an e-mail address or a name. Default: {@link OUTSIDE_USER}. */
  readonly by?: string;
}
/** The same for flyteadmin; the name of `attributes` is their scope, `[PROJECT][/DOMAIN[/WORKFLOW]]`, of an execution `PROJECT/DOMAIN/NAME`. */
export interface FlyteadminMutateRequest extends Omit<MutateRequest, "kind" | "by"> {
  readonly kind: "project" | "attributes" | "execution";
  /** Of `attributes` only: the launch plan in that scope. Default: none. */
  readonly launch_plan?: string;
}
/** Holds the metrics of queues as they are now, or lets them follow the work in flight again. */
export interface MetricsRequest {
  readonly held: boolean;
}
/** How many apps are assigned to a cluster. */
export interface AppsRequest {
  readonly cluster: string;
  readonly apps: number;
}
/** The queue of runs that name none, in a settings scope ("", "DOMAIN" or "DOMAIN/PROJECT"); null unsets it. */
export interface SettingsRequest {
  readonly scope: string;
  readonly default_queue: string | null;
}
/** Releases the calls that faults hold under this name. */
export interface ReleaseRequest {
  readonly hold: string;
}

/** The request bodies of the admin interface, by path. */
export interface AdminRequests {
  readonly "/inflight": InFlightRequest;
  readonly "/report": ReportRequest;
  readonly "/faults": Fault;
  readonly "/release": ReleaseRequest;
  readonly "/mutate": MutateRequest | FlyteadminMutateRequest;
  readonly "/metrics": MetricsRequest;
  readonly "/apps": AppsRequest;
  readonly "/settings": SettingsRequest;
}

const name = { type: "string", minLength: 1 };
const count = { type: "integer", minimum: 0, maximum: 4294967295 };
const flag = { type: "boolean" };

const SCHEMAS: Readonly<Record<keyof AdminRequests, SchemaObject>> = {
  "/inflight": object({ queue: name, cluster: name, runs: count, actions: count, depth: count }, ["queue"]),
  "/report": object({ cluster: name, operator_cluster_data: { type: "object" }, capacity: { type: "object" } }, [
    "cluster",
  ]),
  "/faults": object(
    {
      method: name,
      code: { enum: FAULT_CODES },
      message: name,
      count: { ...count, minimum: 1 },
      after: count,
      delay_ms: count,
      hold: name,
      hold_answer: name,
      hang: flag,
      drop: flag,
      drop_after_commit: flag,
    },
    ["method"],
  ),
  "/release": object({ hold: name }, ["hold"]),
  "/mutate": {
    ...object(
      {
        op: { enum: ["set", "create", "delete"] },
        kind: { enum: ["cluster_pool", "cluster", "queue", "settings", "project", "attributes", "execution"] },
        name: { type: "string" },
        path: name,
        value: {},
        object: { type: "object" },
        launch_plan: name,
        by: name,
      },
      ["op", "kind", "name"],
      {
        dependentSchemas: {
          launch_plan: { properties: { kind: { const: "attributes" } } },
          by: { properties: { kind: { enum: ["cluster_pool", "cluster", "queue"] } } },
        },
      },
    ),
    if: { properties: { kind: { const: "settings" } } },
    else: { properties: { name } },
  },
  "/metrics": object({ held: flag }, ["held"]),
  "/apps": object({ cluster: name, apps: count }, ["cluster", "apps"]),
  "/settings": object({ scope: { type: "string" }, default_queue: { type: ["string", "null"] } }, [
    "scope",
    "default_queue",
  ]),
};

/** The compiled validators: compiling takes a hundred times longer than checking a body. */
const AJV = new Ajv2020({ allErrors: true, allowUnionTypes: true });

/** A body that its path does not accept; the message says where and why. */
export class AdminRequestError extends Error {}

/** Checks the body for a path. Throws an AdminRequestError that names each mistake. */
export function checkAdminRequest<P extends keyof AdminRequests>(path: P, body: unknown): AdminRequests[P] {
  if (AJV.validate<AdminRequests[P]>(SCHEMAS[path], body)) return body;
  throw new AdminRequestError(AJV.errorsText(AJV.errors, { dataVar: "body" }));
}

/** Whether a path takes a body. */
export function isAdminPath(path: string): path is keyof AdminRequests {
  return Object.hasOwn(SCHEMAS, path);
}

/** Whether a mutation is flyteadmin's. */
export function isFlyteadminMutation(
  request: MutateRequest | FlyteadminMutateRequest,
): request is FlyteadminMutateRequest {
  return request.kind === "project" || request.kind === "attributes" || request.kind === "execution";
}

function object(
  properties: Readonly<Record<string, SchemaObject>>,
  required: readonly string[],
  further: SchemaObject = {},
): SchemaObject {
  return { type: "object", properties, required, additionalProperties: false, ...further };
}
