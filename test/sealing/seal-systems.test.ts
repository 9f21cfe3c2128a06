import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { OperationalError } from "../../src/model/errors/operational-error.ts";
import type { SettingValues } from "../../src/model/objects/settings.ts";
import { isSealed } from "../../src/model/secrets/sealed.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealDesired } from "../../src/sealing/seal-desired.ts";
import { openWriter, sealReader } from "../../src/sealing/seal-systems.ts";
import { createAbsentControlPlane } from "../../src/systems/control-plane/absent-control-plane.ts";
import { desiredPlaces, desiredSettings } from "../apply/desired-places.ts";

const SCOPE = { domain: "dev", project: null };

function openSystems(live: SettingValues, fail: string | null = null) {
  const { reader, writerUnder } = createAbsentControlPlane();
  const sent: SettingValues[] = [];
  const { vault } = openBorder({
    key: Buffer.alloc(32, 7),
    patterns: ["*.task_resource.*"],
    desired: [],
    owned: [],
    remembered: {},
  });
  const refuse = () => {
    if (fail !== null) throw new OperationalError("invalid_argument", fail, { next: "stop", cause: new Error(fail) });
  };
  return {
    sent,
    vault,
    reader: sealReader<typeof reader>(
      { ...reader, org: "acme", getSettings: async () => ({ version: "1", values: live, unknown: [] }) },
      vault,
    ),
    writer: openWriter(
      {
        ...writerUnder(),
        writeSettings: async (_scope, values) => {
          refuse();
          sent.push(values);
        },
      },
      vault,
    ),
  };
}

describe("settings at the border", () => {
  const LIVE: SettingValues = {
    "run.default_queue": "batch",
    "task_resource.min.cpu": "1000m",
    "run.max_action_concurrency": 7,
    environment_variables: { A: "first-secret", sealed: "true" },
    labels: { team: "ml", deploy_token: "second-secret" },
    annotations: "~unset",
  };

  test.each([
    "https://acct.blob.core.windows.net/raw?sv=2024&sig=hunter2signature",
    "https://hunter2signature@host/raw",
    "s3://AKIA:hunter2signature@bucket/raw",
  ])("an address with credentials is sealed, as a value and in a map: %s", async (address) => {
    const live = { "storage.raw_data_path": address, annotations: { raw: address, team: "ml" } };
    const { reader, writer, sent } = openSystems(live);
    const { values } = await reader.getSettings(SCOPE);
    expect(JSON.stringify(values)).not.toContain("hunter2");
    expect(values).toMatchObject({ annotations: { team: "ml" } });
    await writer.writeSettings(SCOPE, values, "1");
    expect(sent).toEqual([live]);
  });

  test("what is sensitive is sealed where it comes in, and goes out as it was", async () => {
    const { reader, writer, sent } = openSystems(LIVE);
    const { values } = await reader.getSettings(SCOPE);
    expect(values).toMatchObject({ "run.default_queue": "batch", labels: { team: "ml" }, annotations: "~unset" });
    expect(JSON.stringify(values)).not.toMatch(/first-secret|second-secret|1000m/);
    await writer.writeSettings(SCOPE, values, "1");
    expect(sent).toEqual([LIVE]);
  });

  test("wanted and live are equal where they mean the same, in any form and whatever the organization is called", async () => {
    const { reader, vault } = openSystems(LIVE);
    const wanted = desiredSettings("dev", { "task_resource.min.cpu": "1", labels: { deploy_token: "second-secret" } });
    const { settings } = sealDesired(desiredPlaces({ settings: [wanted] }), vault);
    const { values } = await reader.getSettings(SCOPE);
    expect(settings[0]?.values["task_resource.min.cpu"]).toEqual(values["task_resource.min.cpu"]);
    expect(settings[0]?.values.labels).toMatchObject({ deploy_token: Object(values.labels).deploy_token });
    expect(isSealed(Object(values.labels).deploy_token)).toBe(true);
  });

  test("a server that repeats what it was sent is not repeated, and neither is its error's cause", async () => {
    const { reader, writer } = openSystems(LIVE, "bad value first-secret (Zmlyc3Qtc2VjcmV0)");
    const { values } = await reader.getSettings(SCOPE);
    const error: unknown = await writer.writeSettings(SCOPE, values, "1").catch((thrown: unknown) => thrown);
    expect(inspect(error)).toContain("bad value *** (***)");
    expect(inspect(error)).not.toMatch(/first-secret|Zmlyc3Qtc2VjcmV0/);
  });

  test("what was sealed by another vault is refused, and not sent as a hash", async () => {
    const { reader } = openSystems(LIVE);
    const { writer, sent } = openSystems(LIVE);
    const { values } = await reader.getSettings(SCOPE);
    await expect(writer.writeSettings(SCOPE, values, "1")).rejects.toMatchObject({ code: "sealed_elsewhere" });
    expect(sent).toEqual([]);
  });
});
