import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PushedFile } from "../set-up/create-git-repository.ts";
import { serveGit } from "../set-up/serve-git.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { FILES, queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

describe("a repository that wants to steer the daemon", () => {
  test("changes neither policy nor tokens nor targets, and runs nothing", async () => {
    const world = await openDaemonWorld();
    const trace = join(world.folder, "trace");
    const run = `touch ${trace}`;
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const steering = {
      targets: [{ name: "prod", policy: { auto_apply: "all" } }],
      policy: { auto_apply: "all", approval: { approvers: ["mallory"] } },
      http: { tokens: [{ name: "mallory", role: "approve", secret: { file: "token" } }] },
    };
    const pushed = await daemon.push({
      ".poolkeeper.yaml": JSON.stringify(steering),
      token: "token-of-mallory-0001",
      ".gitattributes": "*.yaml filter=evil diff=evil\n",
      ".gitmodules": `[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "${run}"\n`,
      ".gitconfig": `[filter "evil"]\n\tsmudge = ${run}\n\tclean = ${run}\n[core]\n\tfsmonitor = ${run}\n\thooksPath = hooks\n`,
      "hooks/post-checkout": `#!/bin/sh\n${run}\n`,
      "clusters/c1.yaml": "name: c1\npool: pb\n",
    });
    const { status } = await daemon.untilState("AwaitingApproval", pushed);
    expect(status.reason).toBe("ApprovalNeeded");
    const headers = { authorization: "Bearer token-of-mallory-0001", "content-type": "application/json" };
    const approval = { method: "POST", headers, body: JSON.stringify({ digest: "0".repeat(64) }) };
    expect((await fetch(`${daemon.url}/api/v1/approvals`, approval)).status).toBe(401);
    expect(existsSync(trace)).toBe(false);
  });

  test("by links, bombs, sizes, bytes or a configuration is invalid there, and what was applied stays", async () => {
    const world = await openDaemonWorld();
    const daemon = await world.start();
    await daemon.untilApplied(world.first);
    const writes = world.served.model.journal.length;
    for (const [path, content] of HOSTILE) {
      const pushed = await daemon.push({ ...FILES, "poolkeeper.yaml": null, [path]: content });
      const { status, last_pass } = await daemon.untilState("Invalid", pushed);
      expect(status.message).toContain(path);
      expect(JSON.stringify(last_pass)).not.toContain("root:");
    }
    expect(world.served.model.journal).toHaveLength(writes);
  });
});

describe("what is secret", () => {
  test("is in no answer, page, metric, log line, notification or file, though servers say it back", async () => {
    const world = await openDaemonWorld();
    const receiver = await openReceiver();
    const secrets = {
      GIT_TOKEN: "git-token-very-secret-0001",
      PLANE_TOKEN: "plane-token-very-secret-0002",
      CHAT_SECRET: "chat-secret-very-secret-0003",
    };
    Object.assign(world.env, secrets, { CHAT_URL: receiver.url });
    const git = await serveGit({ folder: world.folder, credentials: { username: "git", password: secrets.GIT_TOKEN } });
    onTestFinished(() => git.close());
    const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" }, secret: { env: "CHAT_SECRET" } }];
    const daemon = await world.start({
      repository: { url: `${git.url}config.git`, token: { env: "GIT_TOKEN" } },
      control_plane: { token: { env: "PLANE_TOKEN" } },
      file: { notifications },
    });
    await daemon.untilApplied(world.first);
    const message = `no such user: Bearer ${secrets.PLANE_TOKEN}`;
    await world.fault({ method: "UpdateQueue", code: "failed_precondition", message, count: 1_000 });
    await daemon.untilState("Failed", await daemon.push({ "queues/any.yaml": queue("any", 2) }));
    git.misbehave({ kind: "status", status: 401 });
    await daemon.untilState("Inconclusive");
    await waitFor(
      () => receiver.received.some(({ body }) => body.includes('"failed"')),
      () => "nobody was told",
    );
    const target = await daemon.target();
    const pages = [
      "/",
      "/targets/prod",
      "/metrics",
      "/readyz",
      "/api/v1/targets",
      "/api/v1/audit",
      "/api/v1/openapi.json",
    ];
    const answers = await Promise.all(pages.map(async (path) => (await fetch(`${daemon.url}${path}`)).text()));
    await daemon.daemon.stop();
    const files = readdirSync(world.folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
    const told = receiver.received.map(({ body }) => body);
    const all = [JSON.stringify(target), ...answers, ...world.log, ...told, ...files];
    for (const secret of [...Object.values(secrets), new URL(receiver.url).pathname]) {
      const where = all.filter((text) => text.includes(secret)).map((text) => text.slice(0, 300));
      expect(where, secret).toEqual([]);
    }
  });

  test("in an address of the configuration is refused, unseen", async () => {
    const world = await openDaemonWorld();
    const url = "https://ops:hunter2-secret@git.example.com/config.git";
    expect(() => world.read({ repository: { url } })).toThrow();
    try {
      world.read({ repository: { url } });
    } catch (error) {
      expect(String(error)).not.toContain("hunter2");
    }
  });
});

const HOSTILE: readonly (readonly [path: string, content: PushedFile])[] = [
  ["poolkeeper.yaml", "policy: { auto_apply: all }\n"],
  ["queues/any.yaml", { link: "/etc/passwd" }],
  ["queues/any.yaml", { link: "../../.git/config" }],
  ["queues/any.yaml", bomb()],
  ["queues/any.yaml", `# ${"x".repeat(1_200_000)}\n`],
  ["queues/any.yaml", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
];

/** Ten levels of ten aliases each. */
function bomb(): string {
  const levels = Array.from({ length: 10 }, (_, level) =>
    level === 0
      ? "a0: &a0 [x]"
      : `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
  );
  return `${levels.join("\n")}\nname: any\n`;
}
