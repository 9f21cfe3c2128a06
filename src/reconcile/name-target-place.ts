import type { SourceConfig, TargetConfig } from "../model/daemon/daemon-config.ts";
import { isText, listOf } from "../model/json/shape.ts";
import { type FormerPlace, nameFormerPlace } from "../model/ledger/former-place.ts";
import type { LedgerTarget } from "../store/database/store-schema.ts";
import { nameDelivery } from "../systems/git/name-delivery.ts";

/** The configuration that decides where a target is read from and applied to. */
export type TargetPlace = Pick<TargetConfig, "source" | "control_plane">;

/**
 * Names all that a target is read from and applied to, for comparisons: the control plane as its plans name it (except for its generation,
 * which it reports itself), the repository, the branch and the folder. What was reviewed, applied, begun or seen at one place was not at
 * another one. Pure; contains no secret.
 */
export function nameTargetPlace({
  source,
  control_plane: { endpoint, org, flyteadmin, deliver },
}: TargetPlace): string {
  const repository = source.kind === "repository" ? source.url : "";
  return JSON.stringify([endpoint, org, flyteadmin?.endpoint ?? "", deliver ?? "", repository, nameFolder(source)]);
}

const isParts = listOf(isText);

/**
 * The ledger of a place that {@link nameTargetPlace} named: the Union control plane and the organization there, or else flyteadmin. Null: it is
 * not known. Pure.
 */
export function readLedgerOf(place: string): LedgerTarget | null {
  const parts: unknown = JSON.parse(place);
  const [endpoint = "", org = "", flyteadmin = ""] = isParts(parts) ? parts : [];
  if (endpoint !== "") return { endpoint, org };
  return flyteadmin === "" ? null : { endpoint: flyteadmin, org: "" };
}

/** Whether a target whose place {@link nameTargetPlace} named has `at` as its control plane, in that organization where one is named. Pure. */
export function hasControlPlane(place: string, at: FormerPlace): boolean {
  const ledger = readLedgerOf(place);
  // A target that names no organization may have any of its control plane.
  const isOrg = at.org === undefined || ledger?.org === "" || ledger?.org === at.org;
  return ledger?.endpoint === at.place && isOrg;
}

/** The same for its flyteadmin, and where it delivers. Reads the links of a folder. */
export function hasOtherSystem(place: string, at: FormerPlace): boolean {
  const parts: unknown = JSON.parse(place);
  const [, , flyteadmin = "", deliver = ""] = isParts(parts) ? parts : [];
  return flyteadmin === at.place || (deliver !== "" && nameDelivery(deliver) === at.place);
}

/** The control plane of a place that {@link nameTargetPlace} named, as messages and `poolkeeper forget` name it. Null: it is not known. Pure. */
export function nameControlPlane(place: string): string | null {
  const ledger = readLedgerOf(place);
  if (ledger === null) return null;
  const { endpoint, org } = ledger;
  return nameFormerPlace({ place: endpoint, ...(org !== "" && { org }) });
}

/** The branch and the folder that a target is read from, for comparisons: no branch has a colon. Of a folder without git: its path. */
export function nameFolder(source: SourceConfig): string {
  return `${source.kind === "repository" ? source.branch : ""}:${source.path}`;
}
