import type { DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";

/** A label that an execution cluster label stores, and where. */
export interface LabelInUse {
  readonly value: string;
  /** Address of the object that stores it. */
  readonly address: string;
  /** `FILE:LINE` of its manifest; null for one that is only live. */
  readonly source: string | null;
}

/** A mistake in the clusters' configuration. */
export interface ClusterFinding {
  readonly code: DiagnosticCode;
  /** Where in the manifest's body. */
  readonly path: NodePath;
  readonly part: "key" | "value";
  readonly summary: string;
  /** Undefined: the remedy of the code says it all. */
  readonly detail?: string;
}

/** Path of `configmap.clusters`. */
export const CLUSTERS_PATH = ["configmap", "clusters"] as const;
/** Path of the list of clusters. */
export const CONFIGS_PATH = [...CLUSTERS_PATH, "clusterConfigs"] as const;
/** Path of the labels. */
export const LABELS_PATH = [...CLUSTERS_PATH, "labelClusterMap"] as const;
