import { createServer, request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { FILES, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld, pollOften, type RunningDaemon } from "./open-daemon-world.ts";

const EXTRA = { "queues/extra.yaml": queue("extra", 1, ["c1"]) };
const WHY = "something that no plan sees needs it";

type Detail = Awaited<ReturnType<RunningDaemon["target"]>>;

/** What is told of the change that was refused; undefined: nothing is held for that. */
const readRefused = ({ status, last_pass }: Detail) =>
  status.reason === "ChangeRefused" && last_pass?.outcome.kind === "held"
    ? last_pass.outcome.held.find(({ reason }) => reason === "server_refused")
    : undefined;

/** A daemon whose approved delete of queue `extra` was refused. */
async function openRefused() {
  const receiver = await openReceiver();
  const world = await openDaemonWorld({ ...FILES, ...EXTRA });
  world.env.CHAT_URL = receiver.url;
  const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" } }];
  const daemon = await world.start({ file: { notifications } });
  await daemon.untilApplied(world.first);
  await world.fault({ method: "DeleteQueue", code: "failed_precondition", message: WHY, count: 1000 });
  const pushed = await daemon.push({ "queues/extra.yaml": null });
  await daemon.untilState("AwaitingApproval", pushed);
  await daemon.approve();
  const target = await daemon.until((detail) => readRefused(detail) !== undefined);
  const readState = () => world.served.model.state.queue.rows.get("extra")?.state;
  return { receiver, world, daemon, pushed, target, readState };
}

test("a refused delete is held with its queue in service, told once, and carried out once it is let through without its cause", async () => {
  const { receiver, daemon, target, pushed, world, readState } = await openRefused();
  expect([target.status.state, target.status.message]).toEqual(["Failed", expect.stringContaining(WHY)]);
  expect(readRefused(target)).toEqual({
    ...{ address: "queue.extra", reason: "server_refused", message: expect.stringContaining(WHY) },
  });
  const countDrains = () => world.served.model.journal.filter(({ method }) => method === "DrainQueue").length;
  const before = countDrains();
  const again = await daemon.reconciled();
  expect([again.last_pass?.outcome.kind, countDrains(), readState()]).toEqual(["held", before, "active"]);
  const readReported = (type: string) =>
    receiver.received.map(({ body }) => JSON.parse(body)).filter(({ event }) => event === type);
  const untilTold = (type: string) =>
    waitFor(
      () => readReported(type).length > 0,
      () => receiver.received.map(({ body }) => body).join("\n"),
    );
  await untilTold("failed");
  await world.clearFaults();
  expect(await daemon.approve(["server-refused"])).toMatchObject({ status: 201 });
  await daemon.untilApplied(pushed);
  expect(readState()).toBe("deleted");
  await untilTold("recovered");
  expect(readReported("failed").map(({ details }) => [details.code, details.objects, details.left_drained])).toEqual([
    ["server_refused", ["queue.extra"], []],
  ]);
});

test("it is tried once for each approval, holds nothing beside it, and is over with its manifest", async () => {
  const { daemon, world, target, readState } = await openRefused();
  const first = readRefused(target)?.message;
  await daemon.approve(["server-refused"]);
  await daemon.until((detail) => (readRefused(detail)?.message ?? first) !== first);
  const added = await daemon.push({ "queues/other.yaml": queue("other", 3) });
  await daemon.until((detail) => readRefused(detail) !== undefined && detail.last_pass?.revision === added);
  expect([world.served.model.state.queue.rows.has("other"), readState()]).toEqual([true, "active"]);
  await daemon.untilApplied(await daemon.push(EXTRA));
});

/** A gateway before a control plane, which answers one call of a method with a page of its own. */
async function openGateway(target: string) {
  let refused: { readonly method: string; readonly status: number } | null = null;
  const server = createServer((incoming, answer) => {
    if (refused !== null && incoming.url?.endsWith(`/${refused.method}`)) {
      incoming.resume();
      answer.writeHead(refused.status, { "content-type": "text/plain" }).end("default backend");
      refused = null;
      return;
    }
    const { method, headers } = incoming;
    const passed = request(`${target}${incoming.url}`, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    passed.on("error", () => answer.destroy());
    answer.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    refuseOnce: (method: string, status: number) => {
      refused = { method, status };
    },
  };
}

test.each([403, 404])(
  "HTTP %i by a gateway in place of one answer gives no delete up: a later pass applies it",
  async (status) => {
    const world = await openDaemonWorld({ ...FILES, ...EXTRA });
    const gateway = await openGateway(world.served.url);
    const policy = { auto_apply: "all", max_destroy_share: 1 };
    const daemon = await world.start({ control_plane: { endpoint: gateway.endpoint }, policy }, pollOften);
    await daemon.untilApplied(world.first);
    gateway.refuseOnce("DeleteQueue", status);
    const pushed = await daemon.push({ "queues/extra.yaml": null });
    await daemon.untilApplied(pushed);
    expect(world.served.model.state.queue.rows.get("extra")?.state).toBe("deleted");
    const methods = world.served.model.journal.map((call) => call.method);
    expect(methods.filter((name) => name.includes("ActivateQueue"))).toEqual([]);
  },
);
