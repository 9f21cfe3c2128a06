import { expect, onTestFinished, test } from "vitest";
import type { RequestDetail, RequestOverview } from "../../src/web/daemon-service.ts";
import { startGiteaServer } from "../forge/gitea-server.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { HOOK_SECRET } from "./deliver-push.ts";
import { MOVE } from "./manifests.ts";
import { openDaemonWorld } from "./open-daemon-world.ts";

test("a request that was reviewed is told over the API, and has the page that its comment links to", async () => {
  const forge = await startGiteaServer();
  onTestFinished(() => forge.close());
  const world = await openDaemonWorld();
  world.env.FORGE_TOKEN = forge.token;
  const { url, repository } = forge;
  const daemon = await world.start({
    repository: {
      webhook: { forge: "gitea", secret: { env: "HOOK_SECRET" } },
      pull_requests: { forge: "gitea", url, repository, token: { env: "FORGE_TOKEN" } },
    },
  });
  await daemon.untilApplied(world.first);
  const read = async (path: string) => (await fetch(`${daemon.url}${path}`)).json();
  expect(await read("/api/v1/targets/prod/requests")).toEqual({ requests: [] });

  const sha = world.repository.push(MOVE, { branch: "move-c1", from: "main" });
  const number = forge.openRequest({ title: "Move", author: "mona", branch: "move-c1", base: "main", sha });
  world.repository.ask("update-ref", `refs/pull/${number}/head`, sha);
  await forge.deliver(`${daemon.url}/webhooks/prod`, HOOK_SECRET, { kind: "request", number, action: "opened" });
  await waitFor(
    () => forge.statuses(sha).some(({ context }) => context === "poolkeeper/apply"),
    () => JSON.stringify(forge.statuses(sha)),
  );

  const { requests } = (await read("/api/v1/targets/prod/requests")) as {
    readonly requests: readonly RequestOverview[];
  };
  expect(requests).toMatchObject([
    { target: "prod", number, author: "mona", head: sha, verdict: "planned", approved_by: null, outcome: null },
  ]);
  expect(requests[0]).not.toHaveProperty("handled");
  const one = (await read(`/api/v1/targets/prod/requests/${number}`)) as RequestDetail;
  const { verdict } = one.review;
  expect(one.record).toEqual(requests[0]);
  expect(verdict.kind === "planned" && [verdict.parts.request, verdict.plan.digest]).toEqual([
    ["cluster.c1"],
    one.record.digest,
  ]);

  const page = `${daemon.url}/targets/prod/requests/${number}`;
  expect(one.review.page).toBe(page);
  const answer = await fetch(page, { headers: { accept: "text/html" } });
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain('id="change-cluster.c1"');
  expect(text).toContain(`<code title="${sha}">`);
  const other = await fetch(`${daemon.url}/api/v1/targets/prod/requests/${number + 1}`);
  expect(other.status).toBe(404);
});
