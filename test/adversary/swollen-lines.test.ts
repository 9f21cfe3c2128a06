/**
 * The attacker may open requests. A manifest of FlyteClusters takes any values, and an empty map has three signs: a few files are millions of objects and lines,
 * which are compared, remembered and shown on the thread that all targets share.
 */

import { expect, test } from "vitest";
import { parseManifests } from "../../src/manifests/parse-manifests.ts";
import type { Change } from "../../src/model/plan/plan.ts";
import { listEffects } from "../../src/plan/compare/list-effects.ts";
import { gatherEffects } from "../../src/reconcile/pass/gather-effects.ts";
import { compareSteps } from "./count-steps.ts";

/** As many as fit into one file. */
const VALUES = 99_000;

const CLUSTERS = `configmap:
  clusters:
    clusterConfigs: []
`;

/** Ways to write many values in few signs. */
const WAYS: Readonly<Record<string, string>> = {
  "empty maps": `[${Array.from({ length: VALUES }, () => "{}").join(",")}]`,
  "short texts": `[${Array.from({ length: VALUES }, (_, index) => `a${index}`).join(",")}]`,
  "lines of one text": `|\n${Array.from({ length: 2 * VALUES }, (_, index) => `  ${index}\n`).join("")}`,
};

test.each(Object.entries(WAYS))("of files with many %s no more are read than can be worked with", (_way, value) => {
  const files = Array.from({ length: 20 }, (_, index) => ({
    path: `flyte-clusters/f${index}.yaml`,
    text: `delivery: { path: p${index} }\n${CLUSTERS}note: ${value}\n`,
  }));
  const { manifests, diagnostics } = parseManifests(files);
  expect(diagnostics).toMatchObject([
    {
      code: "folder-too-large",
      summary: "The folder contains more than 200000 values of FlyteClusters and lines of texts: reading stopped here",
    },
  ]);
  expect(manifests.length).toBeLessThanOrEqual(3);
});

test("what files of many lines do is found bit by bit, so that all else has its turn", async () => {
  const deliver = (index: number): Change =>
    ({
      ...{ address: `flyte_clusters.f${index}`, physical_name: `f${index}`, previous_physical_name: null },
      ...{ action: "create", action_reason: "added", replace_paths: [], origin: "commit", before: null },
      after: {
        files: {
          [`f${index}/values.yaml`]: Array.from({ length: 20_000 }, (_, line) => `a${index}-${line}\n`).join(""),
        },
      },
    }) as unknown as Change;
  const plan = { changes: [1, 2, 3].map(deliver) };
  let turns = 0;
  const count = () => {
    turns += 1;
    turn = setImmediate(count);
  };
  let turn = setImmediate(count);
  const found = await gatherEffects(plan, () => true);
  clearImmediate(turn);
  expect(turns).toBeGreaterThan(1);
  expect(found).toEqual(listEffects(plan, () => true));
});

/** A file of so many lines below as many maps. */
function makeDeep(lines: number, depth: number): Change {
  const above = Array.from({ length: depth }, (_, at) => `${" ".repeat(at)}a${at}:\n`);
  const below = Array.from({ length: lines }, (_, at) => `${" ".repeat(depth)}k${at}: 1\n`);
  return {
    ...{ address: "flyte_clusters.f", physical_name: "f", previous_physical_name: null },
    ...{ action: "create", action_reason: "added", replace_paths: [], origin: "commit", before: null },
    after: { files: { "f/values.yaml": [...above, ...below].join("") } },
  } as unknown as Change;
}

test("lines far below other lines cost no more than those below a few", async () => {
  const list = (depth: number) => () => listEffects({ changes: [makeDeep(2_000, depth)] }, () => true);
  expect(await compareSteps(list(5), list(95))).toBeLessThan(1.5);
});
