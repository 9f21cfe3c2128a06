import type { Unfinished } from "../apply/recall.ts";
import { formatAddress } from "../model/address.ts";
import type { OwnedObject } from "../model/ledger/ledger.ts";
import { formatAttributesScope } from "../model/objects/attributes.ts";
import { type Desired, listPlaced } from "../model/objects/desired.ts";
import type { LiveState } from "../model/objects/live.ts";
import { nameSettings } from "../model/objects/settings.ts";

/** Where an address may come from: a manifest, the store, or the control plane. */
export interface KnownObjects {
  readonly desired: Desired;
  readonly owned: readonly Pick<OwnedObject, "address">[];
  readonly live: Pick<LiveState, "org" | "pools" | "clusters" | "queues" | "settings" | "flyteadmin">;
  /** Rows that an interrupted delete took along may come back. */
  readonly unfinished: readonly Pick<Unfinished, "displaced">[];
}

/** The addresses of all that manifests declare, that is remembered as applied, or that is live. */
export function listKnownAddresses({ desired, owned, live, unfinished }: KnownObjects): ReadonlySet<string> {
  return new Set<string>([
    ...[...desired.pools, ...desired.clusters, ...desired.queues, ...listPlaced(desired), ...owned].map(
      ({ address }) => address,
    ),
    ...[...live.pools, ...live.clusters, ...live.queues].map(({ kind, name }) => formatAddress(kind, name)),
    ...live.settings
      .filter(({ values }) => Object.keys(values).length > 0)
      .map(({ scope }) => formatAddress("settings", nameSettings(live.org, scope))),
    ...[...live.flyteadmin.rows, ...unfinished.flatMap(({ displaced }) => displaced)].map(({ kind, scope }) =>
      formatAddress(kind, formatAttributesScope(scope)),
    ),
  ]);
}
