/** Somebody sets a field outside, and means it to pass for poolkeeper's own once a commit changes another field of the object. */
import { expect, test } from "vitest";
import { FILES, pool, queue } from "../daemon/manifests.ts";
import { openDaemonWorld, pollOften } from "../daemon/open-daemon-world.ts";
import { openOtherHands } from "../daemon/open-other-hands.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";

const REPORT = { policy: { auto_apply: "all" }, drift: { action: "report" } };
const SECRET = "hunter2-in-address";

test.each(["2026-07", "2026-11"] as const)(
  "a pool's address with credentials that is left beside a commit is in no log (%s)",
  async (generation) => {
    const world = await openDaemonWorld(FILES, generation);
    const daemon = await world.start(REPORT, pollOften);
    await daemon.untilApplied(world.first);
    const { writer, reader } = openOtherHands(world);
    const { config } = (await reader.getPool("pa")) ?? expect.fail();
    const uri = `s3://AKIA:${SECRET}@bucket-pa`;
    await writer.updatePool("pa", { ...config, object_store_ref: { ...config.object_store_ref, uri } });
    await daemon.reconciled();
    const pushed = await daemon.push({ "pools/pa.yaml": pool("pa").replace("us-east-1", "eu-west-1") });
    await daemon.until(({ applied_revision }) => applied_revision === pushed);
    const log = await fetch(`${daemon.url}/api/v1/targets/prod/changes?address=cluster_pool.pa`, {
      headers: { authorization: `Bearer ${TOKENS.read}` },
    });
    const text = await log.text();
    expect(text).toContain("eu-west-1");
    expect(text).not.toContain(SECRET);
    expect((await reader.getPool("pa"))?.config.object_store_ref.uri).toBe(uri);
  },
);

test("a limit that is left beside a commit is left in every pass of its rollout", async () => {
  const world = await openDaemonWorld(FILES);
  const daemon = await world.start(REPORT, pollOften);
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 3);
  await openOtherHands(world).writer.updateQueue("any", { run_concurrency: 9 });
  await daemon.reconciled();
  const changed = queue("any", 1).replace("action_concurrency: 10", "action_concurrency: 11");
  const pushed = await daemon.push({ "queues/any.yaml": `${changed}state: drained\n` });
  await daemon.until(({ last_pass }) => last_pass?.revision === pushed);
  for (let pass = 0; pass < 3; pass += 1) await daemon.reconciled();
  const spec = () => world.served.model.state.queue.rows.get("any")?.spec;
  expect(spec()).toMatchObject({ run_concurrency: 9, action_concurrency: 11 });
});
