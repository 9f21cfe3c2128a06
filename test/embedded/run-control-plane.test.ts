import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { expect, test } from "vitest";
import { ClusterPoolService } from "../../src/systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { SettingState, SettingsService } from "../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { id, outcomeOf, poolOf } from "./open-world.ts";
import { startControlPlane, whenReady } from "./start-control-plane.ts";

function connect<Service extends DescService>(service: Service, url: string) {
  return createClient(service, createConnectTransport({ baseUrl: url, httpVersion: "1.1" }));
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "one line of JSON says that it is ready, and %s ends it with 0",
  async (signal) => {
    const child = startControlPlane({ generation: "2026-07", adminPort: 0, simulate: true });
    const ready = await whenReady(child);
    expect(ready).toMatchObject({ generation: "2026-07", org: "acme", pid: child.pid });
    expect([ready.url, ready.admin_url]).toEqual([expect.stringMatching(/^http:/), expect.stringMatching(/^http:/)]);
    expect((await connect(ClusterPoolService, ready.url).list({})).clusterPools).toHaveLength(1);
    expect((await fetch(`${ready.flyteadmin_url}/api/v1/projects/team1`)).status).toBe(200);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([0, null]);
  },
);

test("no write that was answered is lost when the process is killed in the middle of writing", async () => {
  const data = makeTemporaryFolder();
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const child = startControlPlane({ data });
    const pools = connect(ClusterPoolService, (await whenReady(child)).url);
    const enough = acknowledged.length + 25;
    const write = async (writer: number) => {
      for (let n = 0; ; n++) {
        const name = `p-${round}-${writer}-${n}`;
        await pools.create({ clusterPool: poolOf(name, `s3://${name}`) });
        if (acknowledged.push(name) >= enough) {
          child.kill("SIGKILL");
        }
      }
    };
    await Promise.allSettled([write(0), write(1), write(2)]);
  }
  const pools = connect(ClusterPoolService, (await whenReady(startControlPlane({ data }))).url);
  const kept = await Promise.all(acknowledged.map((name) => outcomeOf(pools.get({ id: id(name) }))));
  expect(acknowledged.length).toBeGreaterThanOrEqual(75);
  expect(acknowledged.filter((_name, position) => kept[position] !== "ok")).toEqual([]);
});

test("no settings that were answered are lost when the process is killed, and their versions go on", async () => {
  const data = makeTemporaryFolder();
  const keys = ["", "dev", "prod"].map((domain) => ({ org: "acme", domain }));
  const acknowledged = keys.map(() => 0);
  for (let round = 0; round < 3; round++) {
    const child = startControlPlane({ data });
    const settings = connect(SettingsService, (await whenReady(child)).url);
    const enough = sum(acknowledged) + 25;
    const write = async (scope: number) => {
      for (let version = acknowledged[scope] ?? 0; ; version++) {
        const run = { maxActionConcurrency: { state: SettingState.VALUE, intValue: BigInt(version + 1) } };
        const request = { key: keys[scope], settings: { run } };
        await (version === 0
          ? settings.createSettings(request)
          : settings.updateSettings({ ...request, version: BigInt(version) }));
        acknowledged[scope] = version + 1;
        if (sum(acknowledged) >= enough) child.kill("SIGKILL");
      }
    };
    await Promise.allSettled(keys.map((_key, scope) => write(scope)));
    const again = startControlPlane({ data });
    const kept = await readVersions(connect(SettingsService, (await whenReady(again)).url), keys);
    // A write whose answer was lost may have been carried out: one for each scope at most.
    for (const [scope, { version, value }] of kept.entries()) {
      expect([version, version - 1]).toContain(acknowledged[scope]);
      expect(value).toBe(version);
      acknowledged[scope] = version;
    }
    again.kill("SIGKILL");
    await once(again, "exit");
  }
  expect(sum(acknowledged)).toBeGreaterThanOrEqual(75);
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function readVersions(settings: Client<typeof SettingsService>, keys: readonly { org: string; domain: string }[]) {
  return Promise.all(
    keys.map(async (key) => {
      const { settingsRecord } = await settings.getSettings({ key });
      const value = settingsRecord?.settings?.run?.maxActionConcurrency?.intValue ?? 0n;
      return { version: Number(settingsRecord?.version), value: Number(value) };
    }),
  );
}

test("a second process on the same folder is refused with the reason, and the first goes on", async () => {
  const data = makeTemporaryFolder();
  const first = startControlPlane({ data });
  const { url } = await whenReady(first);
  const second = startControlPlane({ data });
  const [said, [code]] = await Promise.all([text(second.stderr), once(second, "exit")]);
  expect([code, said]).toEqual([1, expect.stringContaining("is in use by another process")]);
  expect((await connect(ClusterPoolService, url).list({})).clusterPools).toHaveLength(1);
});
