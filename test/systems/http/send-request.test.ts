import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, buildConnector } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import type { Fence } from "../../../src/model/fence.ts";
import { sendRequest } from "../../../src/systems/http/send-request.ts";

/** A server that notes the bodies that arrive, and answers those named `held` when it is released. */
async function serve() {
  const bodies: string[] = [];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    bodies.push(Buffer.concat(chunks).toString());
    if (bodies.at(-1) === "held") await released;
    response.end("done");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, bodies, release };
}

/** A fence that the test shuts; what it was asked, in order. */
function openFence() {
  const asked: string[] = [];
  let isOpen = true;
  const pass = (what: string) => {
    asked.push(what);
    if (!isOpen) throw new OperationalError("lease_lost", "another run has it", { next: "stop" });
  };
  const fence: Fence = { confirm: async () => pass("confirm"), check: () => pass("check") };
  const shut = () => {
    isOpen = false;
  };
  return { fence, asked, shut };
}

function openAgent(options: Agent.Options = {}): Agent {
  const agent = new Agent(options);
  onTestFinished(() => agent.destroy());
  return agent;
}

function post(url: string, body: string, options: { readonly dispatcher: Agent; readonly fence?: Fence }) {
  return sendRequest(url, { method: "POST", headers: {}, body, ...options });
}

describe("a request under a fence", () => {
  test("is confirmed, then checked, and sent", async () => {
    const [{ url, bodies }, { fence, asked }] = [await serve(), openFence()];
    const answer = await post(url, "a", { dispatcher: openAgent(), fence });
    expect([await answer.body.text(), bodies, asked]).toEqual(["done", ["a"], ["confirm", "check"]]);
  });

  test("is not sent where it is not confirmed, and no connection is opened for it", async () => {
    const { fence, shut } = openFence();
    shut();
    const dispatcher = openAgent({ connect: () => expect.unreachable() });
    await expect(post("http://127.0.0.1:9/", "a", { dispatcher, fence })).rejects.toMatchObject({ code: "lease_lost" });
  });

  test("that was confirmed is not sent where the fence shuts while its connection is opened", async () => {
    const [{ url, bodies }, { fence, asked, shut }] = [await serve(), openFence()];
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const { promise: asking, resolve: ask } = Promise.withResolvers<void>();
    const connect = buildConnector({});
    const dispatcher = openAgent({
      connect: (options, callback) => {
        ask();
        void opened.then(() => connect(options, callback));
      },
    });
    const sent = expect(post(url, "a", { dispatcher, fence })).rejects.toMatchObject({ code: "lease_lost" });
    await asking;
    shut();
    open();
    await sent;
    expect([bodies, asked]).toEqual([[], ["confirm", "check"]]);
  });

  test("that was confirmed is not sent where the fence shuts while it waits for its turn, and the next one is", async () => {
    const [{ url, bodies, release }, { fence, shut }] = [await serve(), openFence()];
    const dispatcher = openAgent({ connections: 1 });
    const first = post(url, "held", { dispatcher });
    await expect.poll(() => bodies).toEqual(["held"]);
    const second = expect(post(url, "late", { dispatcher, fence })).rejects.toMatchObject({ code: "lease_lost" });
    const third = post(url, "free", { dispatcher });
    shut();
    release();
    await second;
    expect([await (await first).body.text(), await (await third).body.text()]).toEqual(["done", "done"]);
    expect(bodies).toEqual(["held", "free"]);
  });
});
