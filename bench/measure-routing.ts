import type { LiveState } from "../src/model/objects/live.ts";
import { compareRoutes, listBuckets } from "../src/plan/routing/compare-routes.ts";
import { expandQuestions } from "../src/plan/routing/expand-questions.ts";
import { factsOfDesired } from "../src/plan/routing/facts-of-desired.ts";
import { factsOfLive } from "../src/plan/routing/facts-of-live.ts";
import { resolveRoutes } from "../src/plan/routing/resolve-routes.ts";
import { buildLive } from "./build-live.ts";
import { buildDesired } from "./build-manifests.ts";
import { buildFlyteClusters, placeProjects } from "./build-places.ts";
import { buildWorld } from "./build-world.ts";
import { type Figure, measure } from "./figure.ts";

/** Clusters and queues behind the places: as many at every size, for the figure is of places. */
const OBJECTS = 1_000;

/**
 * Says of `size` project-domains, by all three systems, where their runs go before and after a tenth of the clusters changes
 * pools, and who goes elsewhere.
 */
export async function measureRouting(size: number): Promise<Figure> {
  const live: LiveState = { ...buildLive(buildWorld(OBJECTS), "2026-11"), ...placeProjects(size, OBJECTS) };
  const desired = buildDesired(buildWorld(OBJECTS, "a tenth of the clusters"));
  const flyteClusters = { value: buildFlyteClusters(), source: "values.yaml:1" };
  let changes = 0;
  let answers = 0;
  const figure = await measure("route all project-domains, live and desired, and compare", size, size, () => {
    const states = [factsOfLive(live, [], flyteClusters), factsOfDesired(desired, live, { flyteClusters })] as const;
    const questions = expandQuestions([{ kind: "all-runs" }], states);
    const [before, after] = [resolveRoutes(states[0], questions), resolveRoutes(states[1], questions)];
    answers = before.length;
    changes = compareRoutes(before, after, { before: listBuckets(states[0]), after: listBuckets(states[1]) }).length;
  });
  if (answers < size * 3 || changes === 0) throw new Error(`${size} places: ${answers} answers, ${changes} changes`);
  return figure;
}
