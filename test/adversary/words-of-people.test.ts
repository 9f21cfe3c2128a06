/**
 * The attacker reads what poolkeeper shows and keeps. A user has pasted a credential into words of their own: the reason of a pause or a
 * rejection, by the API, the page or a comment, or the title of a request. It is masked before it is kept, and so wherever it is shown.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { HOOK_SECRET } from "../daemon/deliver-push.ts";
import { FILES, MOVE } from "../daemon/manifests.ts";
import { openDaemonWorld } from "../daemon/open-daemon-world.ts";
import { FORGE_NAMES, openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { openGuarded, reject } from "./reject-request.ts";

const MARK = /mark-?mark/i;
const CREDENTIALS = `ghp_${"mark".repeat(9)} n%3Dghp_${"mark".repeat(9)} https://robot:mark-mark@example.com/x password=mark-mark`;
const MASKED = "*** n%3D*** https://***@example.com/x password=***";

/** What a reader gets at each of the paths. */
async function readAll(url: string, paths: readonly string[]): Promise<string> {
  const headers = { authorization: `Bearer ${TOKENS.read}` };
  const answers = await Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`, { headers })).text()));
  return answers.join("\n");
}

/** All bytes of the files below a folder. */
function readKept(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

test("reasons that the API and the command line take are kept and shown without credentials", async () => {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start({ policy: { auto_apply: "none" }, drift: { action: "report" } });
  await daemon.untilState("AwaitingApproval");
  await daemon.approve();
  await daemon.untilApplied(world.first);
  const revision = await daemon.push(MOVE);
  const { last_pass } = await daemon.untilState("AwaitingApproval", revision);
  const digest = last_pass?.digest ?? "";
  const rejected = await daemon.send("/rejections", { digest, reason: `no, ${CREDENTIALS}` }, "approve");
  expect(rejected.status).toBe(201);
  const paused = await daemon.send("/targets/prod/pause", { reason: `wait, ${CREDENTIALS}`, address: "queue.any" });
  expect(paused.body).toMatchObject({ reason: `wait, ${MASKED}` });
  await daemon.reconciled();
  const printed = await runInProcess(
    ["pause", "prod", "--reason", `whole, ${CREDENTIALS}`, "--server", daemon.url, "--json"],
    { POOLKEEPER_SERVER_TOKEN: TOKENS.operate },
    world.folder,
  );
  expect(printed).toMatchObject({ code: 0 });
  const { status } = await daemon.until(({ status: { state } }) => state === "Paused");
  expect(status.message).toContain(MASKED);
  const shown = await readAll(daemon.url, [
    ...["/", "/targets/prod", `/plans/${digest}?target=prod`, "/metrics", "/api/v1/next", "/api/v1/audit"],
    ...["/api/v1/targets", "/api/v1/targets/prod", `/api/v1/plans/${digest}/approval?target=prod`],
  ]);
  expect(shown).toContain(`no, ${MASKED}`);
  expect(shown).toContain(`whole, ${MASKED}`);
  const said = [JSON.stringify(rejected.body), printed.stdout, printed.stderr, shown, ...world.log];
  expect(said.flatMap((text) => text.split("\n")).filter((line) => MARK.test(line))).toEqual([]);
  expect(readKept(join(world.folder, "data"))).not.toMatch(MARK);
});

test.each(FORGE_NAMES)(
  "so are the titles of requests on %s, and the reason of a rejection in a comment",
  async (kind) => {
    const forged = await openGuarded({ kind, requests: { approval: "explicit" } });
    const { daemon, forge, world } = forged;
    const first = await forged.propose("first", MOVE, { author: "mallory", title: `First, ${CREDENTIALS}` });
    await forged.untilSaid(first, /digest/);
    const second = await forged.propose("second", MOVE, { author: "mallory" });
    await forged.untilSaid(second, /digest/);
    await reject(forged, second, `poolkeeper reject no, ${CREDENTIALS}`);
    await forged.untilStatus(first, "apply", /rejected/);
    const requests = [first, second].map((number) => `/targets/prod/requests/${number}`);
    const paths = ["/", "/targets/prod", ...requests];
    const shown = await readAll(daemon.url, [
      ...paths,
      ...["/targets/prod", ...requests].map((path) => `/api/v1${path}`),
    ]);
    expect(shown).toContain(`First, ${MASKED}`);
    expect(shown).toContain(`no, ${MASKED}`);
    const own = [first, second].flatMap((number) =>
      forge.comments(number).filter(({ author }) => author === forge.self),
    );
    const statuses = [first, second].map((number) => forged.status(number, "plan") + forged.status(number, "apply"));
    const said = [shown, ...own.map(({ body }) => body), ...statuses, ...world.log];
    expect(said.flatMap((text) => text.split("\n")).filter((line) => MARK.test(line))).toEqual([]);
    expect(readKept(join(world.folder, "data"))).not.toMatch(MARK);
  },
);

test("and so is what somebody made of the daemon's comment, which the audit keeps", async () => {
  const forged = await openForgedWorld({ kind: "github" });
  const { daemon, forge, world } = forged;
  const number = await forged.propose("move", MOVE);
  await forged.untilSaid(number, /digest/);
  const own = forge.comments(number).find(({ author }) => author === forge.self);
  const comment = own?.id ?? "";
  forge.editComment(number, comment, `${own?.body}\n${CREDENTIALS}`);
  // Without a word from the forge, it is read ten minutes after it was read last, unless that was within seconds of another change.
  const edit = { kind: "comment", number, comment, action: "edited", by: "mallory" } as const;
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, edit);
  await forged.untilSaid(number, /was edited by/);
  const { audit } = await daemon.target();
  const restored = audit.find(({ action }) => action === "restore_comment");
  expect(restored?.details.said).toContain(MASKED);
  expect(JSON.stringify(audit)).not.toMatch(MARK);
  expect(readKept(join(world.folder, "data"))).not.toMatch(MARK);
});
