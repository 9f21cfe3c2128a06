import { expect, test } from "vitest";
import type { RequestDetail, RequestOverview } from "../../src/model/daemon/daemon-service.ts";
import { MOVE } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";

test("a request that was reviewed is told over the API, and has the page that its comment links to", async () => {
  const { daemon, propose, head, untilStatus, betweenRounds } = await openForgedWorld();
  const read = async (path: string) => (await fetch(`${daemon.url}${path}`)).json();
  expect(await read("/api/v1/targets/prod/requests")).toEqual({ requests: [] });

  const number = await propose("move-c1", MOVE);
  const sha = head(number);
  await untilStatus(number, "apply", /./);

  // Each round that ends writes down when it did.
  const [listed, one] = await betweenRounds(number, async () => [
    (await read("/api/v1/targets/prod/requests")) as { readonly requests: readonly RequestOverview[] },
    (await read(`/api/v1/targets/prod/requests/${number}`)) as RequestDetail,
  ]);
  const { requests } = listed;
  expect(requests).toMatchObject([
    { target: "prod", number, author: "mona", head: sha, verdict: "planned", approved_by: null, outcome: null },
  ]);
  expect(requests[0]).not.toHaveProperty("handled");
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
