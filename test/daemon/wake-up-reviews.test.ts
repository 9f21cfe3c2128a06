import { afterAll, beforeAll, expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { startPostgres, type TestPostgres } from "../store/start-postgres.ts";
import { CALLS } from "./forge-calls.ts";
import { makeStoppableClock } from "./make-stoppable-clock.ts";
import { queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

/** Whose answer a round waits for, with its commit planned, while its machine is suspended. */
const STOPS: readonly (readonly [where: string, call: RegExp])[] = [
  ["before it wrote anything", CALLS.readComment],
  ["between its comment and its statuses", CALLS.update],
  ["between its two statuses", CALLS.status],
];

test.each(STOPS)(
  "a replica that was suspended in a review, %s, puts nothing old over what another one published since",
  async (_where, call) => {
    const time = makeStoppableClock();
    const forged = await openForgedWorld({
      ...{ webhooks: false, clock: time.clock },
      settings: { file: { store: { database_url: { env: "DATABASE_URL" } }, lease: { ttl: "3s" } } },
      env: { DATABASE_URL: await postgres.makeDatabase() },
    });
    const { forge, world, propose, pushTo, startAnother, comment } = forged;
    const listWrites = () => forge.calls().filter(({ method }) => method !== "GET");
    const number = await propose("change", { "queues/any.yaml": queue("any", 2) });
    await forged.untilStatus(number, "apply", /^success/);
    await forged.untilRecorded(number);
    const held = forge.hold({ call, times: 1, answer: true });
    await pushTo(number, { "queues/any.yaml": queue("any", 3) });
    await held.arrived();
    time.stop();
    await startAnother();
    await pushTo(number, { "queues/any.yaml": queue("any", 4) });
    await forged.untilStatus(number, "apply", /^success/);
    await forged.untilRecorded(number);
    const published = listWrites();
    held.release();
    const isInterrupted = () => world.log.some((line) => line.includes('"lease_lost"'));
    await waitFor(
      () => isInterrupted() || listWrites().length > published.length,
      () => world.log.join("\n"),
    );
    // Where the machine stands still for longer than a lease, the commit may be reviewed once more.
    const head = forged.head(number);
    expect(comment(number)).toContain(`head \`${head.slice(0, 12)}\``);
    const statuses = listWrites()
      .slice(published.length)
      .filter(({ path }) => path.includes("/statuses/"));
    expect(statuses.filter(({ path }) => !path.endsWith(head))).toEqual([]);
    const kept = await fetch(`${forged.daemon.url}/api/v1/targets/prod/requests/${number}`, {
      headers: { authorization: `Bearer ${TOKENS.read}` },
    });
    expect(await kept.json()).toMatchObject({ review: { head } });
    time.goOn();
  },
);
