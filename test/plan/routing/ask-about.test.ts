import { describe, expect, test } from "vitest";
import { askAbout, askAboutQueue } from "../../../src/plan/routing/ask-about.ts";
import { SAME_NAME } from "../../../src/plan/routing/name-of.ts";
import { resolveStates } from "../../../src/plan/routing/resolve-states.ts";
import type { Place } from "../../../src/plan/routing/route.ts";
import { buildFacts, cluster, queue, row } from "./build-facts.ts";

const EVERYWHERE: Place = { project: null, domain: null };
const LIVE = buildFacts({
  queues: [queue("batch", "gpu", ["*"])],
  clusters: [cluster("a", "gpu")],
  labels: [row("ml/dev/train", "l1")],
  places: [EVERYWHERE, { project: "ml", domain: "dev" }, { project: "web", domain: "dev" }],
});
const DESIRED = buildFacts({
  state: "desired",
  queues: [queue("batch-2", "gpu", ["a"])],
  pool_attributes: [row("ml/prod/serve", "gpu")],
  places: [EVERYWHERE, { project: "ml", domain: "prod" }],
});

const ask = (project: string | null, domain: string | null, workflow: string | null = null) =>
  askAbout({ project, domain, workflow }, [LIVE, DESIRED]).map((question) =>
    question.kind === "run" ? [question.project, question.domain, question.workflow].join("/") : question.queue,
  );

describe("a question about runs", () => {
  test("of a project stands for its places in either state, and the workflows with a row", () => {
    expect(ask("ml", null)).toEqual(["ml/dev/", "ml/prod/", "ml/prod/serve", "ml/dev/train"]);
  });

  test("of a domain stands for any other run there too", () => {
    expect(ask(null, "dev")).toEqual(["/dev/", "ml/dev/", "web/dev/", "ml/dev/train"]);
  });

  test("of a place that nobody knows is asked as it is", () => {
    expect([ask("new", "dev"), ask("new", null)]).toEqual([["new/dev/"], ["new//"]]);
  });

  test("of a workflow is one question, whatever rows there are", () => {
    expect(ask("ml", "dev", "other")).toEqual(["ml/dev/other"]);
  });
});

test("a queue is asked for by the names that a state has of it, and by its own where none has", () => {
  const nameOf = (kind: string, name: string) => (kind === "queue" ? `${name}-2` : name);
  const names = (queueName: string) =>
    askAboutQueue(queueName, nameOf, [LIVE, DESIRED]).map((question) => question.kind === "queue" && question.queue);
  expect([names("batch"), names("nothing")]).toEqual([["batch", "batch-2"], ["nothing"]]);
});

test("answers of both states stand side by side, also where one state has no answer", () => {
  const questions = [
    ...askAboutQueue("batch", SAME_NAME, [LIVE]),
    ...askAbout({ project: "web", domain: "dev", workflow: null }, [LIVE, DESIRED]),
  ];
  const routes = resolveStates([{ ...LIVE, systems: ["queues"] }, DESIRED], questions);
  expect(routes.map(({ asked, domain, system, state }) => [asked, domain, system, state].join(" "))).toEqual([
    "queue  queues live",
    "queue  queues desired",
    "run dev queues live",
    "run dev queues desired",
    "run dev cluster_pool_attributes desired",
    "run dev execution_cluster_labels desired",
  ]);
});
