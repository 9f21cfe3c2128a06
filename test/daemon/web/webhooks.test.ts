import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { createPayloadDecoder } from "../../../src/daemon/web/webhooks/create-payload-decoder.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { ask } from "./ask.ts";
import { makeTarget, NOW } from "./build-targets.ts";
import { createFakeService, type FakeService } from "./fake-service.ts";
import { serveFake } from "./serve-fake.ts";

const SECRET = "a secret of the forge";
const BODY = JSON.stringify({ ref: "refs/heads/main", repository: { full_name: "acme/pools" } });
const RIGHT = { state: "Synced", reason: "NothingToDo", message: "" } as const;

let service: FakeService;
let served: Awaited<ReturnType<typeof serveFake>>;
const servers: { close(): Promise<void> }[] = [];
beforeEach(async () => {
  service = createFakeService({
    targets: ["hub", "lab", "tea", "none"].map((name) => makeTarget(name, RIGHT)),
    webhooks: {
      hub: { forge: "github", secret: SECRET },
      lab: { forge: "gitlab", secret: SECRET },
      signing: { forge: "gitlab", secret: `whsec_${Buffer.from(SECRET).toString("base64")}` },
      tea: { forge: "gitea", secret: SECRET },
      empty: { forge: "gitlab", secret: "" },
    },
  });
  served = await serveFake(service);
  servers.push(served);
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

const hmac = (body: string, secret = SECRET) => createHmac("sha256", secret).update(body).digest("hex");
const github = (body = BODY, id = "d-1") => ({
  "x-hub-signature-256": `sha256=${hmac(body)}`,
  "x-github-delivery": id,
});
const send = (target: string, headers: Record<string, string>, body: string | Uint8Array<ArrayBuffer> = BODY) =>
  ask(`${served.url}/webhooks/${target}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });

function standardWebhook(id: string, at: Date, body = BODY): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac("sha256", SECRET).update(`${id}.${timestamp}.${body}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,bm90IHRoaXMgb25l v1,${signature}`,
  };
}

describe("a delivery that is signed", () => {
  test.each([
    ["GitHub", "hub", github(), "hub github:d-1"],
    ["GitLab with its token", "lab", { "x-gitlab-token": SECRET, "idempotency-key": "k-1" }, "lab gitlab:k-1"],
    ["GitLab with its event id", "lab", { "x-gitlab-token": SECRET, "x-gitlab-event-uuid": "u-1" }, "lab gitlab:u-1"],
    ["GitLab with a signature", "signing", standardWebhook("m-1", NOW), "signing gitlab:m-1"],
    ["Gitea", "tea", { "x-gitea-signature": hmac(BODY), "x-gitea-delivery": "g-1" }, "tea gitea:g-1"],
    ["Forgejo", "tea", { "x-forgejo-signature": hmac(BODY), "x-forgejo-delivery": "f-1" }, "tea gitea:f-1"],
  ])("of %s is accepted and wakes its target", async (_forge, target, headers, delivery) => {
    const { status, text } = await send(target, headers);
    expect([status, JSON.parse(text)]).toEqual([202, { accepted: true }]);
    expect(service.deliveries).toEqual([delivery]);
  });

  test("is accepted as a form too, by its raw bytes", async () => {
    const body = `payload=${encodeURIComponent(BODY)}`;
    const { status } = await send(
      "hub",
      { ...github(body), "content-type": "application/x-www-form-urlencoded" },
      body,
    );
    expect(status).toBe(202);
  });

  test("of Gitea is accepted as a form by the JSON in it, which is what Gitea signs, however it is cut up", async () => {
    const json = JSON.stringify({ ref: "refs/heads/main", message: "ä + % & = 100%" });
    const body = `payload=${encodeURIComponent(json).replaceAll("%20", "+")}&more=1`;
    const headers = { "x-gitea-signature": hmac(json), "content-type": "application/x-www-form-urlencoded" };
    expect((await send("tea", headers, body)).status).toBe(202);
    expect((await send("tea", { ...headers, "x-gitea-signature": hmac(body) }, body)).status).toBe(401);
    for (const size of [1, 2, 3, 7]) {
      const decode = createPayloadDecoder();
      const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, place) =>
        decode(Buffer.from(body.slice(place * size, (place + 1) * size))),
      );
      expect(Buffer.concat(pieces).toString()).toBe(json);
    }
  });

  test("of Gitea keeps what looks like an escape and is none, however it is cut up", () => {
    const body = Buffer.from("payload=%%41%4%4g%C3%a4%zz+%25%&%41");
    for (const size of [1, 2, 3, 7, body.length]) {
      const decode = createPayloadDecoder();
      const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, place) =>
        decode(body.subarray(place * size, (place + 1) * size)),
      );
      expect(Buffer.concat(pieces).toString()).toBe("%A%4%4gä%zz %%");
    }
  });

  test("that comes twice wakes its target once, and is answered alike", async () => {
    await send("hub", github());
    const { status, text } = await send("hub", github());
    expect([status, JSON.parse(text)]).toEqual([202, { accepted: false }]);
    expect(service.deliveries).toHaveLength(1);
  });

  test("without an id, or with one that is none, is told apart by its body", async () => {
    const { "x-github-delivery": _id, ...headers } = github();
    await send("hub", headers);
    await send("hub", { ...headers, "x-github-delivery": "../../x y" });
    expect(service.deliveries).toEqual([expect.stringMatching(/^hub github:[0-9a-f]{64}$/)]);
  });

  test("is accepted whatever its body says: nothing of it is read", async () => {
    const body = "{ not json __proto__";
    expect((await send("hub", github(body), body)).status).toBe(202);
  });
});

describe("a delivery that nobody signed", () => {
  test.each([
    ["no signature", "hub", {}],
    ["a signature of other bytes", "hub", github(`${BODY} `)],
    ["a signature by another secret", "hub", { "x-hub-signature-256": `sha256=${hmac(BODY, "guess")}` }],
    ["the old SHA-1 signature alone", "hub", { "x-hub-signature": "sha1=00" }],
    ["a signature without its prefix", "hub", { "x-hub-signature-256": hmac(BODY) }],
    ["another forge's signature", "hub", { "x-gitea-signature": hmac(BODY) }],
    ["a wrong token", "lab", { "x-gitlab-token": "guess" }],
    ["a token that is a beginning of the secret", "lab", { "x-gitlab-token": SECRET.slice(0, -1) }],
    ["a wrong signature beside the right token", "lab", { "x-gitlab-token": SECRET, "webhook-signature": "v1,AAAA" }],
    ["a signature of ten minutes ago", "signing", standardWebhook("m", new Date(NOW.getTime() - 600_000))],
    ["a signature of a time that is none", "signing", { ...standardWebhook("m", NOW), "webhook-timestamp": "soon" }],
    ["a signature of another id", "signing", { ...standardWebhook("m", NOW), "webhook-id": "n" }],
    ["an empty token where the secret is empty", "empty", { "x-gitlab-token": "" }],
    ["a signature with the empty secret", "tea", { "x-gitea-signature": hmac(BODY, "") }],
  ])("with %s is refused and wakes nobody", async (_what, target, headers) => {
    expect((await send(target, headers as Record<string, string>)).status).toBe(401);
    expect(service.deliveries).toEqual([]);
  });

  test("for a target that is not there, or has no webhook, is refused like one with a wrong signature", async () => {
    const answers = await Promise.all([
      send("hub", github("other")),
      send("nowhere", github()),
      send("none", github()),
      send("__proto__", github()),
      send("..%2f..%2fetc", github()),
    ]);
    const told = answers.map(({ status, text }) => [status, JSON.parse(text).error]);
    expect(new Set(told.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(told[0]?.[0]).toBe(401);
  });

  test("for names that are not there leaves no trace in the metrics", async () => {
    await send("a-name-that-was-tried", github());
    expect(await (await fetch(`${served.url}/metrics`)).text()).not.toContain("a-name-that-was-tried");
  });
});

describe("a delivery that is not taken at all", () => {
  test("while the store is unavailable is counted as failed", async () => {
    service.failWith(new OperationalError("store_failed", "The store is gone.", { next: "retry" }));
    expect((await send("hub", github())).status).toBe(503);
    const metrics = await (await fetch(`${served.url}/metrics`)).text();
    expect(metrics).toContain('poolkeeper_webhooks_total{target="hub",result="failed"} 1');
  });

  test("and is held back is cut off", async () => {
    const { port, close } = await serveFake(service, {}, { limits: { webhook_ms: 100 } });
    servers.push({ close });
    const socket = connect(port, "127.0.0.1");
    const head = `Content-Type: application/json\r\nX-Hub-Signature-256: sha256=${"0".repeat(64)}\r\nContent-Length: 9`;
    socket.write(`POST /webhooks/hub HTTP/1.1\r\nHost: localhost\r\n${head}\r\n\r\n{`);
    expect(await readText(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("of another content type is refused before its signature is looked at", async () => {
    expect((await send("hub", { ...github(), "content-type": "text/xml" })).status).toBe(415);
  });

  test("larger than five megabytes is refused, and one below is taken", async () => {
    const large = "x".repeat(4 * 1024 * 1024);
    expect((await send("hub", github(large), large)).status).toBe(202);
    const huge = new Uint8Array(6 * 1024 * 1024);
    const refused = await send("hub", github(), huge).catch((error: Error) => error);
    // The connection may be cut while the rest is still being sent.
    if (!(refused instanceof Error)) expect(refused.status).toBe(413);
    expect(service.deliveries).toHaveLength(1);
  });
});
