/**
 * Nobody attacks here but the program's own word: a page, an answer of the API or a printed command offers what is refused as soon as
 * somebody takes it. What is offered works for the reader, now; where nothing is, it says why, and who may.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { homeIn } from "../cli/run-program.ts";
import { MOVE } from "../daemon/manifests.ts";
import { type DaemonWorld, openDaemonWorld, type RunningDaemon } from "../daemon/open-daemon-world.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { runInProcess } from "../set-up/run-in-process.ts";
import { signInAs } from "./sign-in-as.ts";
import { untilLookedAt } from "./until-looked-at.ts";

type Reader = keyof typeof TOKENS;
type Daemon = Pick<RunningDaemon, "url" | "target" | "send">;

function runAs(world: Pick<DaemonWorld, "folder">, url: string, reader: Reader, args: readonly string[]) {
  const env = { ...homeIn(world.folder), POOLKEEPER_SERVER: url, POOLKEEPER_SERVER_TOKEN: TOKENS[reader] };
  return runInProcess(args, env, world.folder);
}

/** What the command line, the API and the page offer one reader of the target `prod`. */
async function readOffers(world: Pick<DaemonWorld, "folder">, { url, target }: Daemon, reader: Reader) {
  const listed = await runAs(world, url, reader, ["targets"]);
  const { last_pass } = await target();
  const path = `/api/v1/plans/${last_pass?.digest}/approval?target=prod`;
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${TOKENS[reader]}` } });
  const page = (await (await signInAs(url, TOKENS[reader])).open("/targets/prod")).text;
  const commands = [...listed.stdout.matchAll(/poolkeeper ((?:approve|resume|reconcile) .*)$/gm)];
  return {
    listed: listed.stdout,
    commands: commands.map(([, line = ""]) => line.split(" ")),
    foreseen: (await answer.json()) as Readonly<Record<string, unknown>>,
    button: /<button class="\w+" (?:disabled)?[^>]*>(?:Approve|Put back)[^<]*/.exec(page)?.[0] ?? null,
    page,
  };
}

/** A command that was printed is taken as it stands. */
async function expectTaken(world: DaemonWorld, { url }: Daemon, reader: Reader, command: readonly string[]) {
  const more = command[0] === "approve" ? ["--yes"] : [];
  expect(await runAs(world, url, reader, [...command, ...more])).toMatchObject({ code: 0 });
}

const APPROVAL_NEEDED = { policy: { approval: { approvers: ["approve", "other"] } } };

test("an approval is offered to those who may give one, and not to the author of the request where nobody approves their own", async () => {
  const forged = await openForgedWorld({ requests: { self_approval: false }, settings: APPROVAL_NEEDED });
  const { world, forge } = forged;
  forge.allow("approve", "write");
  const number = await forged.propose("move", MOVE, { author: "approve" });
  await forged.untilSaid(number, /digest/);
  await forged.untilStatus(number, "apply", /^success/);
  await forged.daemon.untilState("AwaitingApproval", await forged.merge(number, "approve"));
  await forged.untilSaid(number, /held: it needs an approval/);
  await untilLookedAt(forged.daemon);
  const own = await readOffers(world, forged.daemon, "approve");
  expect(own.commands).toEqual([]);
  expect(own.button).toBeNull();
  const words = /request 1, which approve opened\. Self-approval is disabled .*Approvers of prod: other\./s;
  expect(own.listed).toMatch(words);
  expect(own.page).toMatch(words);
  expect(own.foreseen).toMatchObject({ command: null, refused: { approve: { code: "not_allowed" }, reject: null } });
  const other = await readOffers(world, forged.daemon, "other");
  expect(other.button).toMatch(/^<button class="main" >/);
  expect(other.foreseen).toMatchObject({ refused: { approve: null, reject: null } });
  expect(other.commands).toHaveLength(1);
  expect(`poolkeeper ${other.commands[0]?.join(" ")}`).toBe(other.foreseen.command);
  await expectTaken(world, forged.daemon, "other", other.commands[0] ?? []);
});

test.each(["read", "operate", "approve"] as const)(
  "no approval is offered to a token with the role %s that is none of those who approve",
  async (reader) => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy: { auto_apply: "none", approval: { approvers: ["other"] } } });
    await daemon.untilState("AwaitingApproval", world.first);
    const offers = await readOffers(world, daemon, reader);
    expect([offers.commands, offers.button]).toEqual([[], null]);
    expect(offers.foreseen).toMatchObject({
      command: null,
      refused: { approve: { code: "not_allowed" }, reject: { code: "not_allowed" } },
    });
    expect(offers.listed).toContain("other");
    expect(offers.page).toMatch(/Approvers of prod: other\./);
  },
);

const REASON = "not before the release (see #12)";

test("a rejected plan is said to be rejected, by whom, and the command is one that approves it after all", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "none" } });
  const { last_pass } = await daemon.untilState("AwaitingApproval", world.first);
  const digest = last_pass?.digest ?? expect.fail();
  const before = await readOffers(world, daemon, "other");
  expect(before.commands).toEqual([["approve", digest.slice(0, 32), "--target", "prod"]]);
  expect((await daemon.send("/rejections", { digest, reason: REASON }, "approve")).status).toBe(201);
  const { listed, commands, page, button, foreseen } = await readOffers(world, daemon, "other");
  expect(commands).toEqual(before.commands);
  expect(foreseen.command).toBe(`poolkeeper ${before.commands[0]?.join(" ")}`);
  expect(foreseen.rejected).toMatchObject({ by: "approve", reason: REASON });
  expect(button).toBe('<button class="quiet" >Approve anyway');
  expect(listed).toContain(`approve (${REASON}) rejected the plan at `);
  expect(page).toContain(`Rejected by approve (${REASON}) `);
  const { status } = await daemon.until(({ status: { reason } }) => reason === "Rejected");
  expect(status).toMatchObject({
    state: "AwaitingApproval",
    message: expect.stringContaining(`rejected by approve (${REASON})`),
  });
  expect((await runAs(world, daemon.url, "other", ["approve", digest, "--yes"])).stderr).toMatch(
    /approve \(not before/,
  );
  expect((await readOffers(world, daemon, "read")).commands).toEqual([]);
  // It asks: without the question nobody takes a rejection back.
  expect(await runAs(world, daemon.url, "other", [...(commands[0] ?? []), "--yes"])).toMatchObject({ code: 5 });
  const asked = { digest, target: "prod", decided: foreseen.decided };
  expect(await daemon.send("/approvals", asked, "other")).toMatchObject({ status: 201 });
  await daemon.untilApplied(world.first);
});

const CLOSED = { name: "night", kind: "deny", schedule: "* * * * *", duration: "5m" };
const RULE = { name: "none", when: "plan.changes.size() > 0", severity: "fail", message: "Not today." };

test.each([
  ["held for an approval", { auto_apply: "none" }, "AwaitingApproval"],
  ["frozen", { auto_apply: "none", freeze: { reason: "Release 7" } }, "Paused"],
  ["outside its windows", { auto_apply: "none", windows: [CLOSED] }, "Paused"],
  ["blocked by a check", { auto_apply: "none", rules: [RULE] }, "Failed"],
] as const)(
  "the command that is printed for a target that is %s is the one that the plan's approval names, and is taken",
  async (_what, policy, state) => {
    const world = await openDaemonWorld();
    const daemon = await world.start({ policy });
    await daemon.untilState(state, world.first);
    const { commands, foreseen } = await readOffers(world, daemon, "approve");
    expect(commands.map((command) => `poolkeeper ${command.join(" ")}`)).toEqual([foreseen.command]);
    for (const command of commands) await expectTaken(world, daemon, "approve", command);
  },
);

test("the command that puts back what was changed outside is printed where that is only reported, and is taken", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ drift: { action: "report" } });
  await daemon.untilApplied(world.first);
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  await daemon.send("/targets/prod/reconcile", {});
  await daemon.until(({ status: { reason } }) => reason === "Drift");
  const { commands, foreseen } = await readOffers(world, daemon, "approve");
  expect(commands).toEqual([[...String(foreseen.command).split(" ").slice(1)]]);
  expect(commands[0]).toEqual(expect.arrayContaining(["--override", "drift"]));
  await expectTaken(world, daemon, "approve", commands[0] ?? []);
  await daemon.untilApplied(world.first);
});

test("the commands that are printed for a paused target and a paused object resume them", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/pause", { reason: "incident" });
  await daemon.send("/targets/prod/pause", { reason: "incident", address: "queue.any" });
  const { commands } = await readOffers(world, daemon, "operate");
  expect(commands).toEqual([
    ["resume", "prod"],
    ["resume", "prod", "--address", "queue.any"],
  ]);
  for (const command of commands) await expectTaken(world, daemon, "operate", command);
  expect((await daemon.target()).pauses).toEqual([]);
  const { commands: none } = await readOffers(world, daemon, "read");
  expect(none).toEqual([]);
});

test("no command is printed that puts back what is not looked at", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ drift: { action: "off" } });
  await daemon.untilApplied(world.first);
  await world.post("/mutate", { op: "set", kind: "queue", name: "any", path: "run_concurrency", value: 9 });
  await daemon.send("/targets/prod/reconcile", {});
  await daemon.until(({ status: { reason } }) => reason === "DriftIgnored");
  expect((await readOffers(world, daemon, "approve")).commands).toEqual([]);
});

test("a printed command goes to the daemon that the flags named, and never holds a token", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "none" } });
  await daemon.untilState("AwaitingApproval", world.first);
  const file = join(world.folder, "the token");
  writeFileSync(file, TOKENS.approve, { mode: 0o600 });
  const run = (args: readonly string[]) => runInProcess(args, homeIn(world.folder), world.folder);
  const spelt = await run(["targets", "--server", daemon.url, "--server-token", TOKENS.approve]);
  expect(spelt.stdout).toMatch(/poolkeeper approve \w{32} --target prod --server \S+ --server-token TOKEN$/m);
  expect(spelt.stdout).not.toContain(TOKENS.approve);
  const { stdout } = await run(["targets", "--server", daemon.url, "--server-token-file", file]);
  const command = /poolkeeper (approve .*)$/m.exec(stdout)?.[1] ?? expect.fail(stdout);
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${command}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
  expect(await run([...words, "--yes"])).toMatchObject({ code: 0 });
});

test("a target that is held at a revision names the command that follows its branch again", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start();
  await daemon.untilApplied(world.first);
  await daemon.send("/targets/prod/reconcile", { revision: world.first });
  await daemon.until(({ pinned_revision }) => pinned_revision === world.first);
  const { commands } = await readOffers(world, daemon, "operate");
  expect(commands).toEqual([["reconcile", "prod", "--follow"]]);
  await expectTaken(world, daemon, "operate", commands[0] ?? []);
  await daemon.until(({ pinned_revision }) => pinned_revision === null);
});

test("the commands that a new folder is begun with are one word each where they name it, whatever it is called", async () => {
  const world = await openDaemonWorld();
  const name = "it's; $(mine) & `yours`";
  const { code, stdout } = await runInProcess(["init", name], homeIn(world.folder), world.folder);
  expect(code).toBe(0);
  const commands = [...stdout.matchAll(/poolkeeper ((?:import|validate|plan) .*)$/gm)].map(([, words = ""]) => words);
  const read = commands.map((words) => execFileSync("sh", ["-c", `printf '%s\\n' ${words}`], { encoding: "utf8" }));
  expect(read).toEqual([`import\n--out\n${name}\n`, `validate\n${name}\n`, `plan\n${name}\n`]);
});

test("no command is printed that runs what the registry has under the program's name", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(100);
  const printed = files.filter((file) => readFileSync(join("src", file), "utf8").includes("npx poolkeeper ")).sort();
  expect(printed).toEqual([]);
});
