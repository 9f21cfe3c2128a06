import { formatAddress } from "../../model/address.ts";
import { isGone, type LiveQueue, type LiveState } from "../../model/objects/live.ts";
import { LIMIT_DEFAULTS } from "../../model/objects/queue-limits.ts";
import { describeGone, draftState } from "./draft-clusters.ts";
import { draftLimits } from "./draft-limits.ts";
import { compactBody, type Drafts, type LeftOut, type ManifestDraft } from "./manifest-draft.ts";

/** Manifests of the live queues. Those of clusters are their clusters'; `default` gets one where it differs from how it is made. */
export function draftQueues({ queues, clusters }: Pick<LiveState, "queues" | "clusters">): Drafts {
  const poolOf = new Map(clusters.filter(({ state }) => !isGone(state)).map(({ name, pool }) => [name, pool]));
  const own = queues.filter(
    ({ name, spec, cluster_managed }) => !cluster_managed && poolOf.get(name) !== spec.cluster_pool,
  );
  const left = own.flatMap((queue) => explainLeft(queue) ?? []);
  const names = new Set(left.map(({ what }) => what));
  const drafts = own.map(draftQueue).filter(({ address, parts, body }) => {
    return !names.has(address) && !(parts[0] === "default" && isAsMade(body));
  });
  return { drafts, left };
}

function explainLeft({ name, state, spec }: LiveQueue): LeftOut | null {
  const what = formatAddress("queue", name);
  if (isGone(state)) return { what, reason: describeGone(state) };
  const reason = "its selector is empty, which a manifest can't declare: a removed cluster left it behind";
  return spec.clusters.length === 0 ? { what, reason } : null;
}

function draftQueue({ name, spec, state }: LiveQueue): ManifestDraft {
  const body = compactBody({
    name,
    cluster_pool: spec.cluster_pool,
    clusters: [...new Set(spec.clusters)].sort(),
    ...draftLimits(spec),
    state: draftState(state),
  });
  return { kind: "queue", address: formatAddress("queue", name), parts: [name], body, comments: [] };
}

/** What every organization's queue `default` is made with. */
const AS_MADE = JSON.stringify({
  name: "default",
  cluster_pool: "default",
  clusters: ["*"],
  ...draftLimits(LIMIT_DEFAULTS),
});

function isAsMade(body: ManifestDraft["body"]): boolean {
  return JSON.stringify(body) === AS_MADE;
}
