import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { serveProxy } from "../systems/control-plane/fixtures/serve.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { startProcess, tryProcess } from "./start-process.ts";

const SYSTEMS = {
  endpoint: "https://control-plane.test",
  insecure: true,
  token: { env: "CONTROL_PLANE_TOKEN" },
  flyteadmin: { endpoint: "https://flyteadmin.test" },
};

test("a daemon reaches control plane, flyteadmin and receivers through the proxy of its environment, and this machine past it", async () => {
  const proxy = await serveProxy(0, 403);
  const receiver = await openReceiver();
  const world = await openDaemonWorld();
  Object.assign(world.env, {
    HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
    HTTP_PROXY: `http://127.0.0.1:${proxy.port}`,
    CONTROL_PLANE_TOKEN: "of-the-control-plane",
    FAR_URL: "https://receiver.test/services/T000",
    NEAR_URL: receiver.url,
  });
  const notifications = ["FAR_URL", "NEAR_URL"].map((env) => ({
    ...{ name: env.toLowerCase().replace("_", "-"), type: "webhook", url: { env } },
  }));
  const file = { notifications };
  const daemon = await startProcess(world, world.write({ control_plane: SYSTEMS, file }));
  const asked = async (host: string) =>
    waitFor(
      () => proxy.tunnels.includes(host),
      () => `${proxy.tunnels.join(" ")}\n${daemon.log.join("\n")}`,
    );
  await asked("control-plane.test:443");
  await daemon.until(({ status }) => status.message.includes("the proxy refused the connection"));
  await asked("flyteadmin.test:443");

  world.repository.push({ "pools/pa.yaml": "name: [" });
  await asked("receiver.test:443");
  await waitFor(
    () => receiver.received.length > 0,
    () => daemon.log.join("\n"),
  );
  expect(proxy.tunnels.filter((host) => host.startsWith("127."))).toEqual([]);
});

test("a daemon does not start with a proxy that is no URL", async () => {
  const world = await openDaemonWorld();
  Object.assign(world.env, { HTTPS_PROXY: "user:hunter22@ proxy" });
  const ended = await tryProcess(world, world.write());
  expect(ended).toMatchObject({ code: 1 });
  expect("code" in ended ? ended.log.join("\n") : "").toMatch(/HTTPS_PROXY is not a URL/);
  expect("code" in ended ? ended.log.join("\n") : "").not.toContain("hunter22");
});

test("a daemon starts with a proxy that git alone knows, and says that it calls past it", async () => {
  const world = await openDaemonWorld();
  Object.assign(world.env, { HTTPS_PROXY: "socks5://user:hunter22@127.0.0.1:1" });
  const daemon = await startProcess(world, world.write());
  await daemon.untilApplied(world.first);
  expect(daemon.log.join("\n")).toMatch(
    /of another kind than HTTP is in HTTPS_PROXY.* at https:\/\/ are called directly/,
  );
  expect(daemon.log.join("\n")).not.toContain("hunter22");
});
