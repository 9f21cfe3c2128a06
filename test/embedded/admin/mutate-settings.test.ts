import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveControlPlane } from "../../../src/embedded/serve-control-plane.ts";
import { SettingsService } from "../../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { decodeSettings } from "../../../src/systems/control-plane/settings-codec.ts";
import { DOMAIN } from "../rules/write-scope.ts";

interface Shown {
  readonly settings: readonly unknown[];
}

async function serve() {
  const served = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => served.close());
  const settings = createClient(SettingsService, createConnectTransport({ baseUrl: served.url, httpVersion: "1.1" }));
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(`${served.adminUrl}${path}`, init);
    return { status: response.status, body: await response.json() };
  };
  return {
    post: (path: string, body: object) => ask(path, { method: "POST", body: JSON.stringify(body) }),
    shown: async () => ((await ask("/state")).body as Shown).settings,
    told: async () => {
      const { settingsRecord } = await settings.getSettings({ key: DOMAIN });
      return { version: settingsRecord?.version, values: decodeSettings(settingsRecord?.settings).values };
    },
  };
}

const create = { op: "create", kind: "settings", name: "dev", object: { labels: { a: "1" }, pod_template_name: "t" } };
const set = { op: "set", kind: "settings", name: "dev" };

describe("settings past all rules", () => {
  test("a scope is made, changed key by key and removed, and the wire tells each with its version", async () => {
    const { post, told, shown } = await serve();
    await post("/mutate", create);
    expect(await told()).toEqual({ version: 1n, values: { labels: { a: "1" }, pod_template_name: "t" } });
    await post("/mutate", { ...set, path: "run.default_queue", value: "nobody" });
    await post("/mutate", { ...set, path: "labels", value: "~unset" });
    await post("/mutate", { ...set, path: "pod_template_name", value: null });
    const values = { labels: "~unset", "run.default_queue": "nobody" };
    expect(await told()).toEqual({ version: 4n, values });
    expect(await shown()).toEqual([{ scope: "dev", version: 4, values }]);
    await post("/mutate", { op: "delete", kind: "settings", name: "dev" });
    expect(await told()).toEqual({ version: 0n, values: {} });
  });

  test("the organization's scope has no name", async () => {
    const { post, shown } = await serve();
    await post("/mutate", { ...create, name: "" });
    expect(await shown()).toMatchObject([{ scope: "" }]);
  });

  test("the queue of runs that name none has a short way, which keeps the rest of the scope", async () => {
    const { post, told } = await serve();
    await post("/mutate", { ...create, object: { pod_template_name: "t" } });
    await post("/settings", { scope: "dev", default_queue: "q" });
    expect(await told()).toEqual({ version: 2n, values: { "run.default_queue": "q", pod_template_name: "t" } });
    await post("/settings", { scope: "dev", default_queue: null });
    expect(await told()).toEqual({ version: 3n, values: { pod_template_name: "t" } });
  });

  test.each([
    ["made twice", create],
    ["set where there is none", { ...set, name: "prod" }],
    ["deleted where there is none", { op: "delete", kind: "settings", name: "prod" }],
    ["of a scope deeper than a project", { ...create, name: "dev/ml/flow" }],
    ["of a project without a domain", { ...create, name: "/ml" }],
    ["with a key that there is not", { ...set, path: "run.colour", value: "red" }],
    ["with a group of keys for a key", { ...set, path: "run", value: "red" }],
    ["with text for a number", { ...set, path: "run.max_action_concurrency", value: "many" }],
    ["with half an action", { ...set, path: "run.max_action_concurrency", value: 0.5 }],
    ["with a number for text", { ...set, path: "pod_template_name", value: 1 }],
    ["with text for a truth", { ...set, path: "app.disallow_anonymous", value: "yes" }],
    ["with a list for a map", { ...set, path: "labels", value: ["a"] }],
    ["with a map of numbers", { ...set, path: "labels", value: { a: 1 } }],
    ["with a map for a quantity", { ...set, path: "task_resource.min.cpu", value: { a: "1" } }],
  ])("%s: refused with 400, and nothing is changed", async (_what, request) => {
    const { post, shown } = await serve();
    await post("/mutate", create);
    const before = await shown();
    expect(await post("/mutate", request)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
    expect(await shown()).toEqual(before);
  });
});
