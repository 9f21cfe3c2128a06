import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { GENERATIONS, type Generation } from "../../../src/model/objects/live.ts";
import {
  SETTING_KEYS,
  type SettingsScope,
  type SettingType,
  type SettingValue,
  type SettingValues,
} from "../../../src/model/objects/settings.ts";
import {
  SettingState,
  type SettingsRecordSchema,
  SettingsSchema,
  SettingsService,
  type UpdateSettingsRequest,
} from "../../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { failureOf } from "./fixtures/failure.ts";
import { open } from "./fixtures/open.ts";
import { QUEUE_SPEC } from "./fixtures/queue-spec.ts";
import { serveRoutes } from "./fixtures/serve.ts";

const ORGANIZATION: SettingsScope = { domain: null, project: null };
const DOMAIN: SettingsScope = { domain: "dev", project: null };
const PROJECT: SettingsScope = { domain: "dev", project: "ml" };
const CONCURRENCY = "run.max_action_concurrency";

const SAMPLES: Readonly<Record<SettingType, readonly SettingValue[]>> = {
  string: ["batch", "shared"],
  integer: [0, 7, Number.MAX_SAFE_INTEGER, "9007199254740993"],
  quantity: ["500m", "4Gi"],
  boolean: [false, true],
  string_map: [{}, { team: "ml", empty: "", "a.b/c": "~unset" }],
  accelerator: ["nvidia-h100", "H100", "nvidia_gpu", "something-new"],
};

async function serveSettings(generation: Generation) {
  const server = await serveControlPlane({ generation, org: "acme", now: () => 0 });
  onTestFinished(() => server.close());
  const opened = open({ endpoint: server.url });
  for (const queue of ["batch", "shared"]) {
    await opened.writer.createQueue(queue, { ...QUEUE_SPEC, cluster_pool: "default" }, "active");
  }
  return { ...opened, server };
}

function samplesOf(key: string, type: SettingType): readonly SettingValue[] {
  return key === "app.app_dns_strategy" ? ["shared", "dataplane_specific"] : SAMPLES[type];
}

describe.each(GENERATIONS)("settings of %s over the wire", (generation) => {
  test.each([...SETTING_KEYS].map(([key, { type }]) => [key, type] as const))(
    "%s is given back as it was written, unset too",
    async (key, type) => {
      const { reader, writer } = await serveSettings(generation);
      for (const [version, value] of ["~unset", ...samplesOf(key, type)].entries()) {
        await writer.writeSettings(DOMAIN, { [key]: value }, `${version}`);
        const read = { version: `${version + 1}`, values: { [key]: value }, unknown: [] };
        expect(await reader.getSettings(DOMAIN)).toEqual(read);
      }
    },
  );

  test.each([
    ["the organization", ORGANIZATION],
    ["a domain", DOMAIN],
    ["a project", PROJECT],
  ])("%s has its own record, empty and of version 0 before it is written", async (_what, scope) => {
    const { reader, writer } = await serveSettings(generation);
    const scopes = [ORGANIZATION, DOMAIN, PROJECT];
    await writer.writeSettings(scope, { [CONCURRENCY]: 1, labels: { team: "ml" } }, "0");
    for (const one of scopes) {
      const written = { version: "1", values: { [CONCURRENCY]: 1, labels: { team: "ml" } }, unknown: [] };
      expect(await reader.getSettings(one)).toEqual(one === scope ? written : { ...written, version: "0", values: {} });
    }
  });

  test("keys that are left out are inherited from then on", async () => {
    const { reader, writer } = await serveSettings(generation);
    await writer.writeSettings(PROJECT, { [CONCURRENCY]: 1, "task_resource.min.cpu": "1", labels: { a: "b" } }, "0");
    await writer.writeSettings(PROJECT, { [CONCURRENCY]: 2 }, "1");
    expect(await reader.getSettings(PROJECT)).toEqual({ version: "2", values: { [CONCURRENCY]: 2 }, unknown: [] });
  });

  test.each(["0", "1", "3"])("a write with version %s of 2 is aborted and changes nothing", async (version) => {
    const { reader, writer, server } = await serveSettings(generation);
    await writer.writeSettings(DOMAIN, { [CONCURRENCY]: 1 }, "0");
    await writer.writeSettings(DOMAIN, { [CONCURRENCY]: 2 }, "1");
    const writes = server.model.journal.length;
    const failure = await failureOf(writer.writeSettings(DOMAIN, { [CONCURRENCY]: 3 }, version));
    expect(failure).toMatchObject({ code: "aborted", next: "retry", outcomeUnknown: false });
    expect(failure.message).toContain(`domain "dev" were changed by another writer: version ${version} was read, 2 is`);
    expect(server.model.journal).toHaveLength(writes);
    expect((await reader.getSettings(DOMAIN)).values).toEqual({ [CONCURRENCY]: 2 });
  });

  test("of many writers at once one is let through, and the others are aborted", async () => {
    const { reader, writer } = await serveSettings(generation);
    for (const version of [0, 1]) {
      const tries = [1, 2, 3, 4].map((value) => writer.writeSettings(DOMAIN, { [CONCURRENCY]: value }, `${version}`));
      const ended = await Promise.allSettled(tries);
      const lost = ended.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      expect(lost).toHaveLength(3);
      for (const reason of lost) expect(reason).toMatchObject({ code: "aborted", next: "retry" });
      expect((await reader.getSettings(DOMAIN)).version).toBe(`${version + 1}`);
    }
  });

  test("a queue that does not exist is refused in the words of the server", async () => {
    const { writer } = await serveSettings(generation);
    const failure = await failureOf(writer.writeSettings(DOMAIN, { "run.default_queue": "nope" }, "0"));
    expect(failure).toMatchObject({ code: "not_found", next: "stop" });
    expect(failure.message).toContain('queue "nope" does not exist');
  });

  test.each<[string, SettingsScope, SettingValues, string]>([
    ["a key that there is not", DOMAIN, { "run.colour": "red" }, 'unknown setting "run.colour"'],
    ["a group for a key", DOMAIN, { run: "red" }, 'unknown setting "run"'],
    ["text for a number", DOMAIN, { [CONCURRENCY]: "many" }, "must be a 64-bit integer"],
    ["too large a number", DOMAIN, { [CONCURRENCY]: "9223372036854775808" }, "must be a 64-bit integer"],
    ["text for a truth", DOMAIN, { "app.disallow_anonymous": "true" }, "must be true or false"],
    ["text for a map", DOMAIN, { labels: "a=b" }, "must be a map of text to text"],
    ["a truth for text", DOMAIN, { pod_template_name: true }, "must be text"],
    ["a project without a domain", { domain: null, project: "ml" }, {}, 'project "ml" need a domain'],
  ])("%s is never sent", async (_what, scope, values, reason) => {
    const { writer, server } = await serveSettings(generation);
    const writes = server.model.journal.length;
    const failure = await failureOf(writer.writeSettings(scope, values, "0"));
    expect(failure).toMatchObject({ code: "invalid_value", next: "stop", message: expect.stringContaining(reason) });
    expect(server.model.journal).toHaveLength(writes);
  });
});

type Level = MessageInitShape<typeof SettingsRecordSchema>;

/** A control plane that answers with given levels, remembers updates and refuses them when `refusal` is given. */
async function serveLevels(levels: () => readonly Level[], refusal?: Code) {
  const updates: UpdateSettingsRequest[] = [];
  const port = await serveRoutes((router) => {
    router.rpc(SettingsService.method.getSettingsForEdit, () => ({ levels: [...levels()] }));
    router.rpc(SettingsService.method.updateSettings, (request) => {
      updates.push(request);
      if (refusal !== undefined) throw new ConnectError("no", refusal);
      return {};
    });
  });
  return { ...open({ endpoint: `http://127.0.0.1:${port}` }), updates };
}

const LABEL = { podTemplateName: { state: SettingState.VALUE, stringValue: "base" } };

describe("a scope's record among the levels of an answer", () => {
  const organization = { key: { org: "acme" }, version: 1n, settings: LABEL };
  const project = { key: { org: "acme", domain: "dev", project: "ml" }, version: 3n, settings: LABEL };

  test("is found in whatever order they come", async () => {
    const { reader } = await serveLevels(() => [project, organization]);
    expect((await reader.getSettings(PROJECT)).version).toBe("3");
    expect((await reader.getSettings(ORGANIZATION)).version).toBe("1");
  });

  test("is of version 0 where it is left out, and where it has neither version nor settings", async () => {
    const nothing = { version: "0", values: {}, unknown: [] };
    const { reader } = await serveLevels(() => [organization, { key: { org: "acme", domain: "dev" } }]);
    expect(await reader.getSettings(DOMAIN)).toEqual(nothing);
    expect(await reader.getSettings(PROJECT)).toEqual(nothing);
  });

  test("is the organization's where it has no key", async () => {
    const { reader } = await serveLevels(() => [{ version: 4n, settings: LABEL }]);
    expect(await reader.getSettings(ORGANIZATION)).toMatchObject({
      version: "4",
      values: { pod_template_name: "base" },
    });
    expect((await reader.getSettings(DOMAIN)).version).toBe("0");
  });
});

describe("a control plane of a later generation", () => {
  const later = [0x9a, 0x06, 0x03, 0x6e, 0x65, 0x77];
  /** Has fields that we do not know in three places, a state that we do not know, and a value that no file can say. */
  function laterSettings() {
    const run = { maxActionConcurrency: { state: SettingState.VALUE, intValue: 5n } };
    const known = create(SettingsSchema, {
      run,
      security: { serviceAccount: { state: SettingState.VALUE, stringValue: "~unset" } },
      storage: { rawDataPath: { state: 7 as never, stringValue: "s3://later" } },
      podTemplateName: { state: SettingState.VALUE, stringValue: "base" },
    });
    const settings = fromBinary(SettingsSchema, Uint8Array.from([...toBinary(SettingsSchema, known), ...later]));
    const places = [settings.run, settings.run?.maxActionConcurrency];
    for (const place of places) if (place !== undefined) place.$unknown = settings.$unknown ?? [];
    return settings;
  }
  const levels = () => [{ key: { org: "acme", domain: "dev" }, version: 2n, settings: laterSettings() }];

  test("is read as far as it is known, and the rest is named", async () => {
    const { reader } = await serveLevels(levels);
    expect(await reader.getSettings(DOMAIN)).toEqual({
      version: "2",
      values: { [CONCURRENCY]: 5, pod_template_name: "base" },
      unknown: ["security.service_account", "storage.raw_data_path", "field 99", "run.field 99"],
    });
  });

  test("gets back what is not known, over the wire and whole, beside what is changed", async () => {
    const { writer, updates } = await serveLevels(levels);
    await writer.writeSettings(DOMAIN, { [CONCURRENCY]: 6 }, "2");
    const expected = laterSettings();
    if (expected.run?.maxActionConcurrency) expected.run.maxActionConcurrency.intValue = 6n;
    delete expected.podTemplateName;
    expect(updates).toMatchObject([{ version: 2n, key: { org: "acme", domain: "dev" } }]);
    expect(updates[0]?.settings).toEqual(expected);
  });

  test("gets a known value where one was not, once the key is named", async () => {
    const { writer, updates } = await serveLevels(levels);
    await writer.writeSettings(
      DOMAIN,
      { "storage.raw_data_path": "s3://own", "security.service_account": "~unset" },
      "2",
    );
    const { storage, security } = updates[0]?.settings ?? {};
    expect(storage?.rawDataPath).toMatchObject({ state: SettingState.VALUE, stringValue: "s3://own" });
    expect(security?.serviceAccount).toMatchObject({ state: SettingState.UNSET, stringValue: "" });
  });
});

describe("a write that the server refuses", () => {
  const levelsFrom = (versions: readonly bigint[]) => {
    const left = [...versions];
    return () => [{ key: { org: "acme", domain: "dev" }, version: left.shift() ?? versions.at(-1) ?? 0n }];
  };

  test.each([Code.Aborted, Code.FailedPrecondition, Code.AlreadyExists, Code.NotFound])(
    "with code %s after somebody else wrote is aborted",
    async (code) => {
      const { writer } = await serveLevels(levelsFrom([2n, 3n]), code);
      expect(await failureOf(writer.writeSettings(DOMAIN, {}, "2"))).toMatchObject({ code: "aborted", next: "retry" });
    },
  );

  test.each([
    [Code.FailedPrecondition, "failed_precondition"],
    [Code.NotFound, "not_found"],
    [Code.PermissionDenied, "permission_denied"],
    [Code.InvalidArgument, "invalid_argument"],
  ] as const)("with code %s while the scope is as it was keeps its code", async (code, told) => {
    const { writer, updates } = await serveLevels(levelsFrom([2n]), code);
    expect(await failureOf(writer.writeSettings(DOMAIN, {}, "2"))).toMatchObject({ code: told });
    expect(updates).toHaveLength(1);
  });
});

test("a control plane without settings says unimplemented to reads and to writes", async () => {
  const port = await serveRoutes(() => {});
  const { reader, writer } = open({ endpoint: `http://127.0.0.1:${port}` });
  expect(await failureOf(reader.getSettings(DOMAIN))).toMatchObject({ code: "unimplemented", next: "stop" });
  expect(await failureOf(writer.writeSettings(DOMAIN, {}, "0"))).toMatchObject({ code: "unimplemented", next: "stop" });
});
