import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { MOST_FIELDS, READ_MAX_BYTES } from "../../../src/systems/control-plane/check-answers.ts";
import { countFields } from "../../../src/systems/control-plane/count-fields.ts";
import * as clusters from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import * as pools from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import * as queues from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { ListProjectsResponseSchema } from "../../../src/systems/control-plane/gen/flyteidl2/project/project_service_pb.js";
import { GetSettingsForEditResponseSchema } from "../../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { field } from "./fixtures/wire.ts";

const ALL = { all: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY };
const TEXT = "made-up-name";

/** A message with all its fields, and so many elements in each of its lists. */
function fill(schema: DescMessage, elements: number, above: readonly string[] = []): MessageInitShape<DescMessage> {
  // What holds messages of its own kind would have no end.
  const inner = (message: DescMessage) =>
    above.includes(message.typeName) ? {} : fill(message, elements, [...above, schema.typeName]);
  const makeValue = (one: DescField) => {
    if (one.message !== undefined) return inner(one.message);
    return "scalar" in one && one.scalar !== undefined ? scalarOf(one.scalar) : 1;
  };
  const members: [string, unknown][] = [];
  for (const one of schema.fields) {
    if (one.message?.typeName === "google.protobuf.Struct") members.push([one.localName, { a: 1, b: [TEXT, {}] }]);
    else if (one.fieldKind === "list") members.push([one.localName, Array(elements).fill(makeValue(one))]);
    else if (one.fieldKind === "map") {
      const keys = Array.from({ length: elements }, (_, index) =>
        one.mapKey === ScalarType.STRING ? `k${index}` : index,
      );
      members.push([one.localName, Object.fromEntries(keys.map((key) => [key, makeValue(one)]))]);
    } else if (one.oneof === undefined) members.push([one.localName, makeValue(one)]);
    else members.push([one.oneof.localName, { case: one.localName, value: makeValue(one) }]);
  }
  return Object.fromEntries(members);
}

function scalarOf(kind: ScalarType): unknown {
  if (kind === ScalarType.STRING) return TEXT;
  if (kind === ScalarType.BYTES) return Buffer.from(TEXT);
  if (kind === ScalarType.BOOL) return true;
  const isLong = [ScalarType.INT64, ScalarType.UINT64, ScalarType.FIXED64, ScalarType.SFIXED64, ScalarType.SINT64];
  return isLong.includes(kind) ? 7n : 7;
}

function write<S extends DescMessage>(schema: S, message: MessageInitShape<S>): Uint8Array {
  return toBinary(schema, create(schema, message));
}

const page = (name: string, schema: DescMessage, object: DescMessage, elements: number) =>
  [schema, { [name]: Array(100).fill(fill(object, elements)), token: TEXT }] as const;
const selector = Array.from({ length: 5_000 }, (_, index) => `cluster-${index}`);

describe("what an honest server gives", () => {
  test.each([
    ["100 clusters", "list", ...page("clusters", clusters.ListResponseSchema, clusters.ClusterSchema, 3)],
    ["100 pools", "list", ...page("clusterPools", pools.ListResponseSchema, pools.ClusterPoolSchema, 3)],
    ["100 queues", "list", ...page("queues", queues.ListQueuesResponseSchema, queues.QueueSchema, 3)],
    ["projects", "list", ListProjectsResponseSchema, fill(ListProjectsResponseSchema, 40)],
    [
      "the work of queues",
      "list",
      queues.WatchQueueMetricsResponseSchema,
      fill(queues.WatchQueueMetricsResponseSchema, 10),
    ],
    ["a queue of 5,000 clusters", "object", queues.GetQueueResponseSchema, { queue: { spec: { clusters: selector } } }],
    ["a cluster", "object", clusters.GetResponseSchema, fill(clusters.GetResponseSchema, 3)],
    ["settings", "object", GetSettingsForEditResponseSchema, fill(GetSettingsForEditResponseSchema, 6)],
  ] as const)("%s has a tenth of the fields that an answer may have, at most", (_, kind, schema, message) => {
    const bytes = write(schema as DescMessage, message as MessageInitShape<DescMessage>);
    const { all, unknown } = countFields(schema, bytes, ALL);
    expect(all).toBeGreaterThan(10);
    expect(all).toBeLessThan(MOST_FIELDS[kind] / 10);
    expect(unknown).toBe(0);
    expect(bytes.length).toBeLessThan(READ_MAX_BYTES);
    expect(() => fromBinary(schema, bytes)).not.toThrow();
  });
});

describe("fields of the wire", () => {
  const id = { organization: "acme", name: "q" };
  test("count at every depth, and those that are unknown count as such", () => {
    const bytes = Buffer.concat([write(queues.GetQueueResponseSchema, { queue: { id } }), field(15, Buffer.alloc(3))]);
    expect(countFields(queues.GetQueueResponseSchema, bytes, ALL)).toEqual({ all: 5, unknown: 1 });
  });

  test("are not counted beyond what there may be", () => {
    const bytes = write(queues.ListQueuesResponseSchema, { queues: Array(1_000).fill({ id }) });
    expect(countFields(queues.ListQueuesResponseSchema, bytes, { all: 100, unknown: 0 }).all).toBe(101);
  });

  test("are refused where the message ends within one", () => {
    const bytes = write(queues.GetQueueResponseSchema, { queue: { id } }).slice(0, -1);
    expect(() => countFields(queues.GetQueueResponseSchema, bytes, ALL)).toThrow();
  });
});
