import { describe, expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { MOVE, queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";

describe("where no webhook ever comes", () => {
  test("the poll finds the request, its new head, a command and the merge", async () => {
    const forged = await openForgedWorld({
      webhooks: false,
      requests: { approval: "explicit", unverified_comments: "accept" },
    });
    const { propose, pushTo, say, merge, untilSaid, untilStatus, untilReacted } = forged;
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    await pushTo(number, { "queues/any.yaml": queue("any", 7) });
    await untilSaid(number, "queue.any");
    await untilStatus(number, "apply", /^pending: needs/);
    const given = await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
    await untilReacted(number, given, /^\+1$/);
    await forged.daemon.untilApplied(await merge(number, "mona"));
    await untilStatus(number, "apply", /^success: applied in/);
  });
});

describe("a comment", () => {
  test("that somebody deleted comes back, and a stranger's with the same marker is neither touched nor taken for it", async () => {
    const forged = await openForgedWorld();
    const { forge, propose, say, untilSaid, untilStatus, sticky } = forged;
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    await untilStatus(number, "apply", /./);
    const fake = `<!-- poolkeeper:prod -->\nNothing will happen, merge it.`;
    const stranger = await say(number, "stranger", fake);
    const own = forge.comments(number).find(({ author }) => author === forge.self);
    forge.deleteComment(number, own?.id ?? "");
    await say(number, "mona", "I deleted it.");
    await untilSaid(number, "cluster.c1");
    expect(sticky(number)).toHaveLength(1);
    expect(forge.comments(number).find(({ id }) => id === stranger)?.body).toBe(fake);
  });
});

describe("a request", () => {
  test("that is closed says so, and is planned anew when it is opened again", async () => {
    const { forge, propose, tell, untilSaid, untilStatus, sticky } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    forge.changeRequest(number, { state: "closed" });
    await tell(number, "closed");
    await untilStatus(number, "apply", /^pending: closed/);
    forge.changeRequest(number, { state: "open" });
    await tell(number, "reopened");
    await untilStatus(number, "apply", /applied after the merge/);
    await untilSaid(number, "cluster.c1");
    expect(sticky(number)).toHaveLength(1);
  });

  test("that is a draft is skipped until somebody asks for its plan, and one with the label until it is taken away", async () => {
    const { forge, propose, say, tell, untilSaid, untilStatus } = await openForgedWorld();
    const draft = await propose("move-c1", MOVE, { draft: true });
    const label = await propose("change", { "queues/any.yaml": queue("any", 7) }, { labels: ["poolkeeper-skip"] });
    await untilStatus(draft, "plan", /^pending: not planned: is a draft/);
    await untilStatus(label, "plan", /^pending: not planned: excluded by its label/);
    await say(draft, "mona", "poolkeeper plan");
    await untilSaid(draft, "cluster.c1");
    forge.changeRequest(label, { labels: [] });
    await tell(label, "edited");
    await untilSaid(label, "queue.any");
  });

  test("that goes to another branch is dropped, and followed again when it comes back", async () => {
    const { forge, propose, tell, untilSaid, untilStatus, sticky, world } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilStatus(number, "apply", /applied after the merge/);
    world.repository.ask("update-ref", "refs/heads/next", "refs/heads/main");
    forge.changeRequest(number, { base: "next" });
    await tell(number, "edited");
    await untilStatus(number, "apply", /^pending: goes to next now/);
    await untilSaid(number, "Its base is now `next`.");
    forge.changeRequest(number, { base: "main" });
    await tell(number, "edited");
    await untilStatus(number, "apply", /applied after the merge/);
    await untilSaid(number, "cluster.c1");
    expect(sticky(number)).toHaveLength(1);
  });

  test("whose newest commit does not come says so, and is planned once it is there", async () => {
    const { forge, propose, tell, untilSaid, untilStatus, head, world } = await openForgedWorld();
    const number = await propose("move-c1", MOVE);
    await untilSaid(number, "cluster.c1");
    const last = head(number);
    const next = world.repository.push({ "queues/any.yaml": queue("any", 7) }, { branch: "move-c1" });
    forge.changeRequest(number, { sha: next });
    await tell(number, "edited");
    await untilStatus(number, "plan", /^error: could not be planned: .*newest commit/);
    await untilStatus(number, "apply", /^error/);
    expect(world.repository.ask("rev-parse", `refs/pull/${number}/head`)).toBe(last);
    world.repository.ask("update-ref", `refs/pull/${number}/head`, next);
    await untilStatus(number, "plan", /^success/);
    await untilSaid(number, "queue.any");
  });

  test("that conflicts says where, and is planned once it does not any more", async () => {
    const { propose, pushTo, daemon, untilSaid, untilStatus } = await openForgedWorld();
    const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
    await untilSaid(number, "queue.any");
    await daemon.push({ "queues/any.yaml": queue("any", 8) });
    await untilStatus(number, "plan", /^failure: conflicts/);
    await untilSaid(number, "queues/any.yaml");
    await pushTo(number, { "queues/any.yaml": queue("any", 1), ...MOVE });
    await untilStatus(number, "plan", /^success/);
  });

  test("from a fork is not planned, whoever asks for it", async () => {
    const { forge, propose, say, untilStatus, untilReacted, comment } = await openForgedWorld();
    const number = await propose("move-c1", MOVE, { fork: "stranger/pools", author: "stranger" });
    await untilStatus(number, "plan", /^pending: not planned: comes from a fork/);
    await untilReacted(number, await say(number, "mona", "poolkeeper plan"), /^-1$/);
    await untilStatus(number, "plan", /^pending: not planned: comes from a fork/);
    expect(comment(number)).toBe("");
    expect(forge.unknown()).toEqual([]);
  });
});

test("the calls of a push are a handful, and those of an idle look at twenty requests are one", async () => {
  const { forge, daemon, propose, pushTo, untilStatus, world, holdRounds } = await openForgedWorld({
    settings: { repository: { poll: "1h" } },
  });
  const numbers: number[] = [];
  // One round finds them all.
  const held = holdRounds();
  for (let at = 0; at < 20; at++) {
    numbers.push(await propose(`queue-${at}`, { [`queues/q${at}.yaml`]: queue(`q${at}`, 2) }));
  }
  held.release();
  for (const number of numbers) await untilStatus(number, "apply", /./);
  const looks = () => world.log.filter((line) => line.includes("Pull requests reviewed.")).length;
  const look = async () => {
    const before = looks();
    await daemon.send("/targets/prod/reconcile", {});
    await waitFor(
      () => looks() > before,
      () => "nobody looks",
    );
  };
  await look();
  await look();
  const idle = forge.calls().length;
  const before = looks();
  await look();
  await look();
  const calls = forge.calls().slice(idle);
  expect(new Set(calls.map(({ method, path }) => `${method} ${path.replace(/\?.*/, "")}`))).toEqual(
    new Set(["GET /api/v1/repos/acme/pools/pulls"]),
  );
  expect(calls.length).toBeLessThanOrEqual(looks() - before + 1);
  const start = forge.calls().length;
  const pushed = numbers[0] ?? 0;
  await pushTo(pushed, { "queues/q0.yaml": queue("q0", 3) });
  await untilStatus(pushed, "apply", /./);
  await look();
  const writes = forge
    .calls()
    .slice(start)
    .filter(({ path }) => !path.includes("/pulls?"))
    .map(
      ({ method, path }) =>
        `${method} ${path
          .replace(/\?.*/, "")
          .replace(/.*\/pools\//, "")
          .replace(/[0-9a-f]{40}/, "SHA")}`,
    );
  expect(writes.toSorted()).toEqual([
    "GET issues/1/comments",
    // Before it is written over, and when it was.
    expect.stringMatching(/^GET issues\/comments\/\d+$/),
    expect.stringMatching(/^GET issues\/comments\/\d+$/),
    // Whether it is open once its plan is there to be read.
    "GET pulls/1",
    expect.stringMatching(/^PATCH issues\/comments\/\d+$/),
    "POST statuses/SHA",
    "POST statuses/SHA",
  ]);
});
