import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { decodeLastChange } from "../../../src/systems/control-plane/authorship-codec.ts";
import { decodeCluster } from "../../../src/systems/control-plane/cluster-codec.ts";
import { ClusterSchema } from "../../../src/systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolSchema } from "../../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { AuthorshipSchema } from "../../../src/systems/control-plane/gen/cloudidl/common/common_pb.js";
import { QueueSchema } from "../../../src/systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import type { EnrichedIdentitySchema } from "../../../src/systems/control-plane/gen/flyteidl2/common/common_pb.js";
import { decodePool } from "../../../src/systems/control-plane/pool-codec.ts";
import { decodeQueue } from "../../../src/systems/control-plane/queue-codec.ts";

type Identity = MessageInitShape<typeof EnrichedIdentitySchema>;

const user = (spec: object, subject = ""): Identity => ({
  principal: { case: "user", value: { id: { subject }, spec } },
});
const application = (name: string, subject = ""): Identity => ({
  principal: { case: "application", value: { id: { subject }, spec: { name } } },
});
const nameOf = (updatedBy: Identity) => decodeLastChange(create(AuthorshipSchema, { updatedBy })).changed_by;

describe("who changed a record", () => {
  test.each([
    [
      "an e-mail address, before the name",
      user({ email: "maria@example.com", firstName: "Maria" }),
      "maria@example.com",
    ],
    ["first and last name", user({ firstName: "Maria", lastName: "Silva" }), "Maria Silva"],
    ["one name alone", user({ lastName: "Silva" }), "Silva"],
    ["a handle", user({ userHandle: "maria" }, "00u1"), "maria"],
    ["a subject where nothing else is told", user({}, "00u1"), "00u1"],
    ["an application's name", application("deployer", "0oa1"), "deployer"],
    ["an application's client id", application("", "0oa1"), "0oa1"],
  ])("is called by %s", (_what, identity, name) => expect(nameOf(identity)).toBe(name));

  test("is on one line, without signs that a terminal would obey, and cut", () => {
    expect(nameOf(user({ email: "maria\u001b[2J\n\u202e@example.com\u2028" }))).toBe("maria[2J@example.com");
    expect(nameOf(user({ email: "\n \t", userHandle: "maria" }))).toBe("maria");
    expect(nameOf(application("n".repeat(500)))).toHaveLength(100);
  });

  test("is read from the beginning of what is told, and so are the reasons of a cluster's health", () => {
    expect(nameOf(application(`${"\u034f".repeat(20_000)}deployer`, "0oa1"))).not.toContain("deployer");
    const unhealthyReasons = Array.from({ length: 1000 }, (_, index) => `reason ${index}`);
    const { unhealthy_reasons } = decodeCluster(create(ClusterSchema, { status: { unhealthyReasons } }));
    expect(unhealthy_reasons).toHaveLength(21);
    expect(unhealthy_reasons.at(-1)).toBe("(cut: 1000 texts)");
  });

  test("is told without what looks like a password", () => {
    expect(nameOf(application("https://robot:secret@example.com"))).not.toContain("secret");
  });

  test("is nobody where only its maker, an empty identity or nothing is told", () => {
    const made = create(AuthorshipSchema, { createdBy: user({ email: "maria@example.com" }) });
    expect(decodeLastChange(made).changed_by).toBeNull();
    expect(decodeLastChange(create(AuthorshipSchema, { updatedBy: {} })).changed_by).toBeNull();
    expect(decodeLastChange(undefined)).toEqual({ changed_by: null, changed_at: null });
  });
});

describe("when a record was changed", () => {
  const timeOf = (seconds: bigint, nanos = 0) =>
    decodeLastChange(undefined, { $typeName: "google.protobuf.Timestamp", seconds, nanos }).changed_at;

  test("is told in UTC, to the millisecond", () => {
    expect(timeOf(1_793_491_200n, 123_456_789)).toBe("2026-11-01T00:00:00.123Z");
  });

  test("is not told by a time that was never set or is no date", () => {
    expect([timeOf(0n), timeOf(-5n), timeOf(2n ** 62n)]).toEqual([null, null, null]);
  });
});

describe("a record", () => {
  const authorship = { updatedBy: user({ email: "maria@example.com" }) };
  const told = { changed_by: "maria@example.com", changed_at: null };

  test("of each kind tells who changed it, and a queue when too", () => {
    expect(decodePool(create(ClusterPoolSchema, { authorship }))).toMatchObject(told);
    expect(decodeCluster(create(ClusterSchema, { authorship }))).toMatchObject(told);
    expect(decodeQueue(create(QueueSchema, { authorship, updatedAt: { seconds: 1_793_491_200n } }))).toMatchObject({
      ...told,
      changed_at: "2026-11-01T00:00:00.000Z",
    });
  });

  test("of 2026-07 tells of a queue when, and of nothing who", () => {
    expect(decodePool(create(ClusterPoolSchema, {}))).toMatchObject({ changed_by: null, changed_at: null });
    expect(decodeQueue(create(QueueSchema, { updatedAt: { seconds: 1_793_491_200n } }))).toMatchObject({
      changed_by: null,
      changed_at: "2026-11-01T00:00:00.000Z",
    });
  });
});
