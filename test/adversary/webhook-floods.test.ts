/**
 * The attacker reaches the daemon's webhooks, knows the name of a target, and has no secret. They send bodies that are large,
 * held back, or many, from one address or from several, to fill the daemon's memory or to keep the forge's deliveries out.
 */
import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { ask } from "../daemon/web/ask.ts";

const HALF = "x".repeat(1024 * 1024);
const WRONG = `X-Gitea-Signature: ${"0".repeat(64)}`;

async function startDaemon() {
  const world = await openDaemonWorld();
  const { url } = await world.start({}, (config) => ({
    ...config,
    http: { ...config.http, trusted_proxies: ["127.0.0.1"] },
  }));
  return url;
}

interface Held {
  readonly signature?: string;
  readonly from?: (index: number) => string;
  /** What is said to be in it. */
  readonly event?: string;
}

/** Connections that each hold back the second half of a body, and what they were answered. */
function holdBack(url: string, count: number, { signature = WRONG, from = () => "203.0.113.0", event = "push" }: Held) {
  const answers: string[] = [];
  const sockets = Array.from({ length: count }, (_, index): Socket => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("error", () => socket.destroy());
    socket.on("data", (data: Buffer) => answers.push(data.toString().split("\r\n")[0] ?? ""));
    const length = `Content-Length: ${2 * HALF.length}`;
    const head = [
      "POST /webhooks/prod HTTP/1.1",
      "Host: localhost",
      `X-Forwarded-For: ${from(index)}`,
      length,
      signature,
      `X-Gitea-Event: ${event}`,
    ];
    socket.write(
      `${[...head, "Content-Type: application/json"].filter((line) => line !== "").join("\r\n")}\r\n\r\n${HALF}`,
    );
    return socket;
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { answers, sockets };
}

/** What the daemon says that it holds. */
async function readHeld(url: string) {
  const { text } = await ask(`${url}/metrics`);
  const read = (name: string) => Number(new RegExp(`^poolkeeper_${name} (\\d+)`, "m").exec(text)?.[1]);
  return { open: read("webhook_bodies_open"), bytes: read("webhook_bytes_held") };
}

function deliver(url: string, id: string, address: string) {
  const body = JSON.stringify({ ref: "refs/heads/main", id });
  const signature = createHmac("sha256", HOOK_SECRET).update(body).digest("hex");
  return ask(`${url}/webhooks/prod`, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-gitea-signature": signature,
      "x-gitea-delivery": id,
      "x-forwarded-for": address,
    },
  });
}

/** Those over the limit are refused by it. On a slow machine the others reach the time that a delivery has. */
function expectRefused(answers: readonly string[], refusal: string) {
  const others = answers.filter((answer) => answer !== refusal);
  expect(others.length).toBeLessThan(answers.length);
  expect(new Set(others)).toEqual(new Set(others.map(() => "HTTP/1.1 408 Request Timeout")));
}

describe("half-sent bodies", () => {
  test("without a signature are refused before they are read, and their connections closed", async () => {
    const url = await startDaemon();
    const { sockets } = holdBack(url, 100, { signature: "" });
    await expect.poll(() => sockets.every(({ destroyed }) => destroyed)).toBe(true);
    expect(await readHeld(url)).toEqual({ open: 0, bytes: 0 });
    expect((await deliver(url, "d-1", "203.0.113.0")).status).toBe(202);
  });

  test("with a false signature are few at a time and are not kept; deliveries pass, from that address and from others", async () => {
    const url = await startDaemon();
    const { answers } = holdBack(url, 288, {});
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(288 - 16);
    const held = await readHeld(url);
    expect(held.open).toBeLessThanOrEqual(16);
    // Two reads of each connection may wait for a turn.
    expect(held.bytes).toBeLessThan(16 * 2 * 65_536 + 1);
    expectRefused(answers, "HTTP/1.1 429 Too Many Requests");
    expect((await deliver(url, "d-1", "198.51.100.7")).status).toBe(202);
    expect((await deliver(url, "d-2", "203.0.113.0")).status).toBe(202);
  });

  test("from many addresses are few together, and deliveries pass", async () => {
    const url = await startDaemon();
    const { answers } = holdBack(url, 400, { from: (index) => `203.0.113.${index % 200}` });
    await expect.poll(() => answers.length).toBeGreaterThanOrEqual(400 - 128);
    expect((await readHeld(url)).open).toBeLessThanOrEqual(128);
    expectRefused(answers, "HTTP/1.1 503 Service Unavailable");
    expect((await deliver(url, "d-1", "198.51.100.7")).status).toBe(202);
  });
});

test("bodies that are said to be about comments, and held back, keep no comment of the forge from being read", async () => {
  const tokens = [{ name: "read", role: "read", secret: { env: "TOKEN_READ" } }];
  const http = { listen: "127.0.0.1:0", requests_per_minute: 100_000, trusted_proxies: ["127.0.0.1"], tokens };
  const { forge, daemon, ...forged } = await openForgedWorld({
    ...{ kind: "gitea", requests: { approval: "explicit" } },
    settings: { policy: { approval: { approvers: ["boss"] } }, repository: { poll: "1h" }, file: { http } },
  });
  forge.allow("boss", "write");
  const number = await forged.propose("move", MOVE);
  await forged.untilStatus(number, "apply", /^pending: needs/);
  // As much as is kept of all bodies together.
  holdBack(daemon.url, 32, { event: "issue_comment", from: (index) => `203.0.113.${index}` });
  await expect.poll(async () => (await readHeld(daemon.url)).bytes).toBe(32 * HALF.length);
  const text = `poolkeeper approve ${forged.digest(number)}`;
  const comment = forge.comment(number, "boss", text);
  const answer = await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "comment", number, comment });
  expect(answer).toBe(202);
  await forged.untilReacted(number, comment, /^\+1$/);
});

describe("bodies that are refused by what is said of them", () => {
  test.each([
    [
      "a length that is more than may be",
      { "content-length": String(6 * 1024 * 1024), "x-gitea-signature": "0".repeat(64) },
      413,
    ],
    ["another content type", { "content-type": "text/xml", "x-gitea-signature": "0".repeat(64) }, 415],
    ["a wrong token alone", { "x-gitlab-token": "guess" }, 401],
    [
      "the empty signatures of a hook without a secret",
      { "x-gitea-signature": "", "x-hub-signature-256": "sha256=" },
      401,
    ],
  ])("with %s are not waited for", async (_what, headers, status) => {
    const url = await startDaemon();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    const all = { host: "localhost", "content-type": "application/json", "content-length": "1000", ...headers };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    socket.write(`POST /webhooks/prod HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n{`);
    let text = "";
    socket.on("data", (data: Buffer) => {
      text += data.toString();
    });
    socket.on("error", () => socket.destroy());
    await expect.poll(() => socket.destroyed).toBe(true);
    expect(text).toContain(`HTTP/1.1 ${status} `);
  });
});
