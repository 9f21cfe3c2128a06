import { expect, onTestFinished, test } from "vitest";
import { renderTargetsText } from "../../src/report/status/render-targets-text.ts";
import { PLAIN } from "../../src/report/text/paint.ts";
import { PATIENCE_MS } from "../set-up/patience.ts";
import { serveGit } from "../set-up/serve-git.ts";
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
