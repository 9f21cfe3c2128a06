import { expect, test } from "vitest";
import { waitFor } from "../set-up/wait-for.ts";
import { queue } from "./manifests.ts";
import { openReceiver } from "./notify/open-receiver.ts";
import { openDaemonWorld, type Settings } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

/** Two daemons on one control plane, each with a store of its own, that look only when they are asked to. */
async function openTwo(ofOther: Settings["repository"] = {}) {
  const world = await openDaemonWorld();
  const receiver = await openReceiver();
  Object.assign(world.env, { CHAT_URL: receiver.url });
  const notifications = [{ name: "chat", type: "webhook", url: { env: "CHAT_URL" }, events: ["other_writer"] }];
  const rarely = { poll: "24h" };
  const one = await world.start({ repository: rarely });
  await one.untilApplied(world.first);
  const start = () =>
    world.start({
      repository: { ...rarely, ...ofOther },
      file: { store: { directory: "./other-data" }, notifications },
    });
  const told = async () => {
    const has = async () => receiver.received.length > 0;
    await waitFor(has, () => "no message came");
    return receiver.received.map(({ body }) => JSON.parse(body));
  };
  return { world, one, start, told };
}

const readMetrics = async (url: string) => (await fetch(`${url}/metrics`)).text();

/** What an operator is shown. */
async function readPage(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${TOKENS.operate}` };
  return (await fetch(`${url}/api/v1/targets/prod`, { headers })).text();
}

test("what another daemon carries out of the same repository is told with its evidence, once it is no chance", async () => {
  const { world, one, start, told } = await openTwo();
  const other = await start();
  await other.untilApplied(world.first);
  const commits: string[] = [];
  for (const runs of [2, 3]) {
    const pushed = world.repository.push({ "queues/any.yaml": queue("any", runs) });
    commits.push(pushed);
    await one.reconciled();
    await one.untilApplied(pushed);
    await other.reconciled();
    await other.untilApplied(pushed);
    // One commit may be chance: a user has made its change by hand before.
    expect(await readMetrics(other.url)).toContain(`poolkeeper_other_writes{target="prod"} ${runs === 2 ? 0 : 2}\n`);
  }
  const { other_writes } = await other.target();
  expect(other_writes).toMatchObject(
    commits.map((revision) => ({
      ...{ kind: "forestalled", address: "queue.any", fields: ["run_concurrency"], revision },
      ...{ changed_by: expect.any(String), changed_at: expect.any(String) },
    })),
  );
  expect(await readPage(other.url)).toMatch(/another daemon with its own store: what 2 revisions asked for/);
  expect(await told()).toMatchObject([{ event: "other_writer", details: { objects: ["queue.any"] } }]);
  expect((await one.target()).other_writes).toEqual([]);
});

test("two daemons that undo each other, of branches that disagree, are told of by each of them", async () => {
  const { world, one, start, told } = await openTwo({ branch: "other" });
  world.repository.push({ "queues/any.yaml": queue("any", 7) }, { branch: "other" });
  const other = await start();
  const runs = () => world.served.model.state.queue.rows.get("any")?.spec.run_concurrency;
  await other.until(() => runs() === 7);
  await other.untilState("Synced");
  for (let turn = 0; turn < 3; turn += 1) {
    expect((await one.target()).other_writes).toHaveLength(turn);
    await one.reconciled();
    expect(runs()).toBe(1);
    await other.reconciled();
    expect(runs()).toBe(7);
  }
  for (const daemon of [one, other]) {
    const { other_writes } = await daemon.target();
    expect(other_writes.map(({ kind, address, fields }) => [kind, address, fields])).toEqual(
      Array(3).fill(["undone", "queue.any", ["run_concurrency"]]),
    );
    expect(await readPage(daemon.url)).toMatch(
      /queue\.any \(run_concurrency\) was changed 3 times after it matched the manifests/,
    );
  }
  expect(await told()).toMatchObject([{ event: "other_writer", details: { objects: ["queue.any"] } }]);
});
