import { parseFlyteClusters } from "../flyte-clusters/parse-flyte-clusters.ts";
import { checkBody } from "../manifest/check-body.ts";
import type { Desired } from "../model/desired.ts";
import type { OwnedObject } from "../model/ledger.ts";
import type { LiveState } from "../model/live.ts";
import type { PlanBody } from "../model/plan.ts";
import type { LoadedFlyteClusters } from "../routing/describe-label-map.ts";
import { factsOfDesired } from "../routing/facts-of-desired.ts";
import { factsOfLive } from "../routing/facts-of-live.ts";
import { optionsOfPlan } from "../routing/options-of-plan.ts";
import type { RoutingFacts } from "../routing/routing-facts.ts";
import { parseDocuments } from "../yaml/parse-documents.ts";

/** What a plan is about, as far as routing goes. */
export interface PlannedTarget {
  readonly desired: Desired;
  readonly live: LiveState;
  readonly owned: readonly OwnedObject[];
  readonly body: Pick<PlanBody, "changes" | "steps" | "ownership">;
}

/** What routing rests on now and once the plan is carried out. */
export interface BothFacts {
  readonly live: RoutingFacts;
  readonly desired: RoutingFacts;
}

/** Gathers what routing rests on in both states; both ask the same configuration of Flyte's clusters where none was delivered. */
export function gatherFacts({ desired, live, owned, body }: PlannedTarget): BothFacts {
  const loaded = findLoaded(live, desired);
  const options = optionsOfPlan(body, owned, live.capabilities);
  return {
    live: factsOfLive(live, desired.pool_maps, loaded, options.nameOf),
    desired: factsOfDesired(desired, live, { ...options, flyteClusters: loaded }),
  };
}

/** No server tells which clusters flyteadmin has loaded: what was delivered is taken for it, and without a delivery the manifest. */
export function findLoaded({ systems, delivered }: LiveState, { flyte_clusters }: Desired): LoadedFlyteClusters | null {
  const [first, ...others] = flyte_clusters;
  if (systems.delivery === "absent") {
    if (first === undefined || others.length > 0) return null;
    return { value: first.value, source: `${first.source.file}:${first.source.line}` };
  }
  const found = delivered.flatMap(({ name, files }) => {
    const values = files.find(({ path }) => path.endsWith("/values-override.yaml"));
    const value = values === undefined ? null : readValues(values.text, name, values.path);
    return value === null || values === undefined ? [] : [{ value, source: values.path }];
  });
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** Null where someone made something else of the file by hand: then nothing is known of it. */
function readValues(text: string, name: string, path: string): LoadedFlyteClusters["value"] | null {
  const body = parseDocuments(text).documents[0]?.value;
  if (typeof body !== "object" || body === null) return null;
  const place = { source: { file: path, line: 1 }, locate: () => ({ line: 1, column: 1 }), address: null, name };
  const { manifest, errors } = checkBody({ kind: "flyte_clusters", body, doubtful: [], ...place });
  const isSound = errors.length === 0 && manifest.kind === "flyte_clusters" && manifest.doubts === undefined;
  return isSound ? parseFlyteClusters(manifest.body, name) : null;
}
