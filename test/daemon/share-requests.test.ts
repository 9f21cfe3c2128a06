import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { MOVE, queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";
import { openQueue } from "./open-queue.ts";
import { below, openTwins } from "./open-twins.ts";

describe("a request to a repository of two targets", () => {
  test("has a comment for each, statuses of the worst, and one answer for help", async () => {
    const { forge, propose, say, sticky, status, untilReacted, untilStatus } = await openTwins();
    const number = await propose("both", {
      ...below("a", MOVE),
      ...below("b", { "queues/any.yaml": "name: any\n" }),
    });
    await untilStatus(number, "plan", /^failure: stage: .*; 1 other fine/);
    await untilStatus(number, "apply", /^failure: stage: /);
    const isTold = () => sticky(number).length === 1 && sticky(number, "stage").length === 1;
    await waitFor(isTold, () => JSON.stringify(forge.comments(number)));
    const asked = await say(number, "mona", "poolkeeper help");
    await untilReacted(number, asked, /^\+1$/);
    await waitFor(
      () => isTold() && forge.comments(number).some(({ body }) => body.includes(`answer:${asked}`)),
      () => status(number, "plan"),
    );
    const answers = forge.comments(number).filter(({ body }) => body.includes("poolkeeper-answer"));
    expect(answers).toHaveLength(1);
  });

  test("that concerns one of them has one comment, and both are fine", async () => {
    const { forge, propose, sticky, untilStatus } = await openTwins();
    const number = await propose("one", below("b", MOVE));
    await untilStatus(number, "plan", /^success: prod: no manifest of prod changes; stage: /);
    await waitFor(
      () => sticky(number, "stage").length === 1,
      () => JSON.stringify(forge.comments(number)),
    );
    expect(sticky(number)).toEqual([]);
  });
});

describe("two requests that change the same queue", () => {
  test("name each other, and the second waits until what the first one merged is carried out, or is unlocked", async () => {
    const { forge, propose, merge, say, world, daemon, untilSaid, untilStatus, untilReacted } = await openForgedWorld();
    forge.allow("hubot", "write");
    const first = await propose("first", { "queues/any.yaml": queue("any", 7), ...MOVE });
    const second = await propose("second", { "queues/any.yaml": queue("any", 9) });
    await untilSaid(second, `Request ${first}`);
    await untilSaid(first, `Request ${second}`);
    await untilStatus(second, "apply", /^success/);
    await world.setWork("c1", 1);
    const merged = await merge(first, "mona");
    await daemon.until(({ last_pass }) => last_pass?.revision === merged);
    await untilStatus(first, "apply", /^pending/);
    // What the first one merged changes the same line.
    await untilStatus(second, "plan", /^failure: conflicts/);
    const third = await propose("third", { "queues/any.yaml": queue("any", 12) }, {});
    await untilStatus(third, "apply", new RegExp(`^pending: waits for request ${first}`));
    await untilReacted(first, await say(first, "hubot", "poolkeeper unlock"), /^\+1$/);
    await untilStatus(third, "apply", /^success/);
    await world.setWork("c1", 0);
    await daemon.untilApplied(merged);
    await untilStatus(first, "apply", /^success: applied in/);
  });
});

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

test("two replicas on one database say everything once, and carry out a command and a merge once", async () => {
  const database = await postgres.makeDatabase();
  const forged = await openForgedWorld({
    requests: { approval: "explicit" },
    settings: { file: { store: { database_url: { env: "DATABASE_URL" } } } },
    env: { DATABASE_URL: database },
  });
  const { forge, propose, say, merge, startAnother, sticky, untilStatus, untilReacted } = forged;
  const other = await startAnother();
  const number = await propose("move-c1", MOVE);
  await untilStatus(number, "apply", /^pending: needs/);
  const asked = await say(number, "mona", "poolkeeper help");
  await untilReacted(number, asked, /^\+1$/);
  await say(number, "mona", `poolkeeper approve ${forged.digest(number)}`);
  await untilStatus(number, "apply", /^success: approved by mona/);
  const { audit } = await other.untilApplied(await merge(number, "mona"));
  await untilStatus(number, "apply", /^success: applied in/);
  expect(sticky(number)).toHaveLength(1);
  expect(forge.comments(number).filter(({ body }) => body.includes("poolkeeper-answer"))).toHaveLength(1);
  expect(audit.filter(({ action, details }) => action === "approve" && "approval" in details)).toHaveLength(1);
});

test("two replicas on one database set the statuses of a merge group once, and one goes on where the other ended", async () => {
  const forged = await openForgedWorld({
    ...{ kind: "github", webhooks: false },
    settings: { file: { store: { database_url: { env: "DATABASE_URL" } } } },
    env: { DATABASE_URL: await postgres.makeDatabase() },
  });
  const { forge, propose, startAnother, untilStatus } = forged;
  await startAnother();
  const number = await propose("change", { "queues/any.yaml": queue("any", 7) });
  await untilStatus(number, "apply", /^success/);
  const groups = openQueue(forged);
  const [sha = ""] = await groups.enqueue([number], { tells: false });
  await groups.untilStatus(sha, "apply", /^success/);
  await forged.daemon.daemon.stop();
  const next = await propose("next", { "queues/more.yaml": queue("more", 2) });
  await untilStatus(next, "apply", /^success/);
  const [both = ""] = await groups.enqueue([next], { tells: false });
  await groups.untilStatus(both, "apply", /^success/);
  for (const commit of [sha, both]) {
    expect(forge.calls().filter(({ path }) => path.endsWith(`/statuses/${commit}`))).toHaveLength(2);
  }
});
