import { computePlan } from "../src/plan/compute-plan.ts";
import { openFlyteadmin } from "../src/systems/flyteadmin/open-flyteadmin.ts";
import { resolveFlyteadminConnection } from "../src/systems/flyteadmin/resolve-flyteadmin-connection.ts";
import { buildDesiredLabels, buildLiveLabels } from "./build-attributes.ts";
import { type Figure, measure } from "./figure.ts";
import { planInputOf } from "./measure-plan.ts";

/** How many labels are another, by the name of the case. */
export const ATTRIBUTES_CASES: Readonly<Record<string, { readonly name: string; readonly changed: number }>> = {
  "no-change": { name: "compute plan of attributes, no change", changed: 0 },
  "one-change": { name: "compute plan of attributes, 1 change", changed: 1 },
};

/** Computes one plan of as many declared labels once, in a process that has not planned before. */
export async function measureAttributesPlan(which: string, size: number): Promise<Figure> {
  const plan = ATTRIBUTES_CASES[which];
  if (plan === undefined) throw new Error(`no such plan of attributes: ${which}`);
  const input = planInputOf(buildDesiredLabels(size, plan.changed), buildLiveLabels(size));
  let steps = 0;
  const figure = await measure(plan.name, size, size, () => {
    steps = computePlan(input).body.steps.length;
  });
  if (steps !== plan.changed) throw new Error(`${plan.name}, ${size} attributes: ${steps} steps are not right`);
  return figure;
}

/** Lists all labels of a served flyteadmin over HTTP, after a first time that warms both sides up. */
export async function measureAttributesList(url: string, size: number): Promise<readonly Figure[]> {
  const connection = resolveFlyteadminConnection({ flags: { flyteadminEndpoint: url }, env: {} });
  if (connection === null) throw new Error("no flyteadmin is named");
  const { reader, close } = openFlyteadmin(connection);
  let found = 0;
  const list = async () => {
    found = (await reader.listRows("execution_cluster_label")).length;
  };
  try {
    const first = await measure("list all attributes, first time", size, size, list);
    const again = await measure("list all attributes, again", size, size, list);
    if (found !== size) throw new Error(`${found} of ${size} attributes were listed`);
    return [first, again];
  } finally {
    await close();
  }
}
