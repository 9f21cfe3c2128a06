import { expect, test } from "vitest";
import type { GitlabServer } from "../pull-requests/forge/gitlab-server.ts";
import { waitFor } from "../set-up/wait-for.ts";
import { queue } from "./manifests.ts";
import { openForgedWorld } from "./open-forged-world.ts";

test("a token of another account comments anew where the forge lets only the author rewrite a comment, and rewrites that", async () => {
  const forged = await openForgedWorld({ kind: "gitlab" });
  const { world, propose, pushTo, untilStatus, restart } = forged;
  const forge = forged.forge as GitlabServer;
  const number = await propose("one", { "queues/any.yaml": queue("any", 2) });
  await untilStatus(number, "apply", /^success/);
  const [old] = forge.comments(number);
  const replace = (login: string) => Object.assign(world.env, { FORGE_TOKEN: forge.replaceAccount(login) });
  const bodies = (login: string) =>
    forge.comments(number).flatMap(({ author, body }) => (author === login ? [body] : []));
  const untilShown = (login: string, runs: number) =>
    waitFor(
      () => bodies(login).some((body) => body.includes(`run_concurrency = 1 -> ${runs}`)),
      () => JSON.stringify(forge.comments(number).map(({ author, body }) => [author, body.slice(0, 500)])),
    );
  replace("second-bot");
  await pushTo(number, { "queues/any.yaml": queue("any", 3) });
  await untilShown("second-bot", 3);
  await untilStatus(number, "apply", /^success/);
  await pushTo(number, { "queues/any.yaml": queue("any", 4) });
  await untilShown("second-bot", 4);
  replace("third-bot");
  await restart();
  await pushTo(number, { "queues/any.yaml": queue("any", 5) });
  await untilShown("third-bot", 5);
  await untilStatus(number, "apply", /^success/);
  expect(bodies("second-bot")).toHaveLength(1);
  expect(bodies("third-bot")).toHaveLength(1);
  expect(bodies("poolkeeper-bot")).toEqual([old?.body]);
});

test("statuses are set under a new name on every open request, whether its plan changes anything or not", async () => {
  const forged = await openForgedWorld();
  const { forge, world, daemon, settings, propose, untilStatus, head } = forged;
  const one = await propose("one", { "queues/any.yaml": queue("any", 2) });
  const other = await propose("other", { "README.md": "# Words alone\n" });
  for (const number of [one, other]) await untilStatus(number, "apply", /^success/);
  const { pull_requests } = settings.repository as { readonly pull_requests: object };
  const renamed = { ...settings.repository, pull_requests: { ...pull_requests, status_name: "keeper-eu" } };
  await daemon.daemon.reload(world.read({ ...settings, repository: renamed }));
  const states = (number: number) => {
    const statuses = forge.statuses(head(number)).filter(({ context }) => context.startsWith("keeper-eu/"));
    return statuses.map(({ context, state }) => `${context} ${state}`).toSorted();
  };
  const isGreen = (number: number) => states(number).join() === "keeper-eu/apply success,keeper-eu/plan success";
  await waitFor(
    () => isGreen(one) && isGreen(other),
    () => JSON.stringify([states(one), states(other)]),
  );
});
