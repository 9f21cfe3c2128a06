import { expect, onTestFinished, test } from "vitest";
import { renderTargetsText } from "../../src/report/status/render-targets-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { serveGit } from "../set-up/serve-git.ts";
import { MOVE, queue } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";
import { TOKENS } from "./talk-to-daemon.ts";

const LIMIT = `${PATIENCE_MS / 1000}s`;

test("a pass that waits for a silent git server names it, and since when and how long: in the API, on the page and in the list of targets", async () => {
  const world = await openDaemonWorld();
  const server = await serveGit({ folder: world.folder });
  onTestFinished(() => server.close());
  const url = `${server.url}config.git`;
  const daemon = await world.start({ repository: { url, timeout: LIMIT } });
  await daemon.untilApplied(world.first);
  server.misbehave({ kind: "silent" });
  const detail = await daemon.until(({ running }) => running?.step === "fetch" && running.waits_for !== undefined);
  const waits = detail.running?.waits_for;
  expect(waits).toMatchObject({ systems: [detail.source], timeout_ms: PATIENCE_MS });
  expect(detail.source).toContain(url);
  expect(Date.parse(waits?.since ?? "")).toBeGreaterThanOrEqual(Date.parse(detail.running?.started_at ?? ""));
  const listed = renderTargetsText([detail], [], PLAIN);
  expect(String(listed)).toContain(`it reads from ${detail.source}, and gives up after 240 s without an answer`);
  const page = await fetch(`${daemon.url}/targets/prod`, { headers: { authorization: `Bearer ${TOKENS.read}` } });
  expect(await page.text()).toContain(`it reads from ${detail.source}, and gives up`);
});

test("a pass that reads names its control plane, and none once it has the answer", async () => {
  const world = await openDaemonWorld();
  const held = await world.hold({ method: "ListClusters", count: 1000 });
  const daemon = await world.start({ control_plane: { timeout: LIMIT } });
  await held.arrived();
  const { running } = await daemon.until((target) => target.running?.step === "read");
  expect(running?.waits_for).toMatchObject({ systems: [world.served.url], timeout_ms: PATIENCE_MS });
  await held.release();
  await daemon.untilApplied(world.first);
  expect((await daemon.until((target) => target.running === null)).running).toBeNull();
});

test("a pass that applies for long says so in place of the match on record, with since when and what is out of service, on every surface", async () => {
  const world = await openDaemonWorld();
  const daemon = await world.start({ policy: { auto_apply: "all" } });
  await daemon.untilApplied(world.first);
  await world.setWork("c1", 1);
  const held = await world.hold({ method: "CreateQueue", count: 1000 });
  const second = await daemon.push({ ...MOVE, "queues/more.yaml": queue("more", 1) });
  await held.arrived();
  const { status, applied_revision } = await daemon.until((target) => target.status.reason === "Applying");
  expect([applied_revision, status.state]).toEqual([world.first, "OutOfSync"]);
  expect(status.message).toMatch(
    /^A pass is applying since \S+Z; its last write was at \S+Z\. Out of service until then: cluster\.c1\. The last recorded status is Synced \(NothingToDo\)\.$/,
  );
  const detail = await daemon.target();
  expect(String(renderTargetsText([detail], [], PLAIN))).toContain(`prod: ${status.message}`);
  const read = async (path: string) => {
    const answer = await fetch(daemon.url + path, { headers: { authorization: `Bearer ${TOKENS.read}` } });
    return answer.text();
  };
  for (const path of ["/", "/targets/prod"]) expect(await read(path)).toContain(status.message);
  const metrics = await read("/metrics");
  expect(metrics).toMatch(/^poolkeeper_target_info\{.*state="OutOfSync",reason="Applying".*\} 1$/m);
  expect(metrics).toMatch(/^poolkeeper_applying_last_write_timestamp_seconds\{target="prod"\} 1\d{9}/m);
  await held.release();
  await daemon.until(({ status }) => status.reason === "WorkInFlight");
  await world.setWork("c1", 0);
  await daemon.untilApplied(second);
  expect(await read("/metrics")).toMatch(/^poolkeeper_applying_last_write_timestamp_seconds\{target="prod"\} 0$/m);
});
