/** The attacker is the author of a request, and writes more than its comment has room for, so that a merge would approve what nobody could see. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { CALLS } from "../daemon/forge-calls.ts";
import { cluster, FILES, MOVE, pool, queue } from "../daemon/manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "../daemon/open-forged-world.ts";
import { approve, openGuarded, openShown } from "./reject-request.ts";

const POLICY = { auto_apply: "create", approval: { approvers: ["boss"] } } as const;
const PATH = "settings/production.yaml";

/** Settings with so many annotations of so many letters, and what is to be seen. */
function settings(count: number, letters: number, account: string): string {
  const notes = Array.from({ length: count }, (_, index) => `    note-${index}: ${"x".repeat(letters)}\n`).join("");
  return `scope: { domain: production }\nsettings:\n  annotations:\n    team: ml\n${notes}  security.service_account: ${account}\n`;
}

async function open() {
  const forged = await openForgedWorld({
    ...{ kind: "github", requests: { approval: "merge", self_approval: false } },
    ...{ settings: { policy: POLICY }, files: { ...FILES, [PATH]: settings(0, 0, "plain") } },
  });
  forged.forge.allow("boss", "write");
  return forged;
}

describe("a request whose comment", () => {
  test("has room for it shows every line of an object, and is approved by its merge", async () => {
    const forged = await open();
    const request = await forged.propose("notes", { [PATH]: settings(90, 1, "admin") });
    await forged.untilStatus(request, "apply", /^success/);
    expect(forged.comment(request)).toMatch(/service_account = "plain" -> "admin"/);
    await forged.daemon.untilApplied(await forged.merge(request, "boss"));
  });

  test("has no room for it is approved by its digest alone", async () => {
    const forged = await open();
    const request = await forged.propose("notes", { [PATH]: settings(90, 900, "admin") });
    await forged.untilStatus(request, "apply", /^pending: needs `?poolkeeper approve/);
    const comment = forged.comment(request);
    expect(comment).toMatch(/This comment was too long.*1 change is cut/);
    expect(comment).toMatch(/Approve it: comment `poolkeeper approve [0-9a-f]{32}`/);
    expect(comment).not.toContain("a merge approves it");
    await forged.merge(request, "boss");
    await forged.untilSaid(request, /The merge approves nothing: this comment had no room for the whole plan/);
    const digest = /poolkeeper approve ([0-9a-f]{32})/.exec(forged.comment(request))?.[1] ?? "";
    expect(digest).toHaveLength(32);
  });
});

test("a check that an approval would override names each object that it fails for", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `emptied-${index}`);
  const inPool = (name: string) => queue(name, 1).replace("cluster_pool: pa", "cluster_pool: pc");
  const emptied = {
    "pools/pc.yaml": pool("pc"),
    "clusters/c4.yaml": cluster("c4", "pc"),
    ...Object.fromEntries(names.map((name) => [`queues/${name}.yaml`, inPool(name)])),
  };
  const forged = await openForgedWorld({ kind: "github", files: { ...FILES, ...emptied } });
  const request = await forged.propose("move", { "clusters/c4.yaml": cluster("c4", "pb") });
  await forged.untilStatus(request, "plan", /^failure/);
  const rows = forged
    .comment(request)
    .split("\n")
    .filter((line) => line.includes("would route nowhere"));
  expect(rows).toHaveLength(names.length);
  for (const name of names) expect(rows.filter((row) => row.includes(`Queue ${name} would`))).toHaveLength(1);
});

test.each(["gitea", "github", "gitlab"] as const)(
  "many commands by accounts without rights on %s delay neither an approver's nor another request, and use up no calls",
  async (kind) => {
    const settings = { repository: { poll: "1h" } };
    const { forge, daemon, propose, say, untilStatus, digest, untilReacted } = await openForgedWorld({
      ...{ kind, settings, requests: { approval: "explicit" } },
    });
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /^pending: needs/);
    const before = forge.calls().length;
    const words = ["reject", "help", "plan", "approve 0123456789abcdef0123456789abcdef"];
    for (let at = 0; at < 400; at += 1)
      forge.comment(number, `stranger${at % 7}`, `poolkeeper ${words[at % 4]} ${at % 4 === 0 ? at : ""}`);
    const approval = await say(number, "mona", `poolkeeper approve ${digest(number)}`);
    const other = await propose("other", { "queues/any.yaml": queue("any", 9) });
    await untilReacted(number, approval, /1|thumb/);
    await untilStatus(other, "plan", /^success/);
    expect(forge.calls().length - before).toBeLessThan(250);
    const answers = forge.comments(number).filter(({ body }) => body.startsWith("<!-- poolkeeper-answer"));
    expect(answers.map(({ body }) => body.split("\n")[1])).toEqual([
      "Commands by accounts that may not give them were ignored.",
    ]);
    const { audit } = await daemon.target();
    const ignored = audit.filter(({ action }) => action === "ignore_commands");
    expect(ignored).toMatchObject([{ details: { commands: 400 } }]);
  },
);

test.each(["gitea", "github", "gitlab"] as const)(
  "comments of any length by strangers on %s keep no approval from being read",
  async (kind) => {
    const settings = { repository: { poll: "1h" } };
    const forged = await openForgedWorld({ kind, settings, requests: { approval: "explicit" } });
    const number = await forged.propose("move-c1", MOVE);
    await forged.untilStatus(number, "apply", /^pending: needs/);
    for (let at = 0; at < 560; at += 1) forged.forge.comment(number, "stranger", `${at} ${"x".repeat(65_000)}`);
    const approval = await forged.say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await forged.untilReacted(number, approval, /1|thumb/);
  },
);

test("a rejection counts on a conversation that was locked after many commands of strangers, where nothing can be answered", async () => {
  const forged = await openGuarded({ kind: "github", requests: { approval: "explicit" } });
  const number = await openShown(forged);
  await approve(forged, number);
  await forged.untilStatus(number, "apply", /^success/);
  for (let at = 0; at < 30; at += 1) forged.forge.comment(number, "stranger", "poolkeeper plan");
  forged.forge.fault({ kind: "status", status: 403 }, { call: CALLS.create, times: 100_000 });
  await forged.say(number, "carol", "poolkeeper reject");
  await forged.untilStatus(number, "apply", /^failure: rejected by carol/);
});

describe("a rejection among many commands by other accounts is on record before they are asked for", () => {
  const isNoted = ({ world }: ForgedWorld) => {
    const database = new DatabaseSync(join(world.folder, "data", "poolkeeper.sqlite"), { readOnly: true });
    const noted = database.prepare("select 1 from request_review where undecided = 1").all();
    database.close();
    return noted.length === 1;
  };
  const say = ({ forge }: ForgedWorld, number: number, authors: readonly string[]) => {
    for (const author of authors) forge.comment(number, author, "poolkeeper reject");
  };
  /** Of each account alone. */
  const ASKING: ForgedSettings = { kind: "github", requests: { approval: "explicit" } };
  const STRANGERS = Array.from({ length: 30 }, (_, at) => `stranger${at}`);

  test("where it comes first", async () => {
    const forged = await openForgedWorld(ASKING);
    const number = await forged.propose("move-c1", MOVE);
    await forged.untilStatus(number, "apply", /^pending: needs/);
    await forged.untilRecorded(number);
    const held = forged.forge.hold({ call: /\/stranger\d/ });
    say(forged, number, ["mona", ...STRANGERS]);
    await forged.tell(number, "edited");
    await held.arrived();
    await expect.poll(() => isNoted(forged)).toBe(true);
    held.release();
    await forged.untilStatus(number, "apply", /rejected by mona/);
  });

  test("wherever it comes, of an account that decided before", async () => {
    const forged = await openForgedWorld(ASKING);
    const other = await forged.propose("other", { "queues/any.yaml": queue("any", 9) });
    await forged.untilStatus(other, "plan", /^success/);
    await forged.say(other, "mona", "poolkeeper reject");
    await forged.daemon.until(({ audit }) => audit.some(({ action }) => action === "reject"));
    const number = await forged.propose("move-c1", MOVE);
    await forged.untilStatus(number, "apply", /^pending: needs/);
    await forged.untilRecorded(number);
    const held = forged.forge.hold({ call: /\/stranger\d/ });
    say(forged, number, [...STRANGERS, "mona"]);
    await forged.tell(number, "edited");
    await held.arrived();
    await expect.poll(() => isNoted(forged)).toBe(true);
    held.release();
    await forged.untilStatus(number, "apply", /rejected by mona/);
  });
});
