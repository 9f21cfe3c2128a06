import type { Json, JsonObject } from "../json/json.ts";
import type { LifecycleBody } from "./manifest.ts";

/** How flyteadmin's client to one cluster is bounded; a field left out has flyteadmin's default. */
export interface KubeClientConfig {
  readonly qps?: number;
  readonly burst?: number;
  /** A Go duration, for example `30s`. */
  readonly timeout?: string;
}

/** A cluster that flyteadmin sends executions to (an entry of `clusterConfigs`). */
export interface FlyteClusterConfig {
  /** The cluster's id: free text, case-sensitive. */
  readonly name: string;
  /** Address of its Kubernetes API; null when none is given. */
  readonly endpoint: string | null;
  /** Default false, as in flyteadmin. */
  readonly enabled: boolean;
  /** True for the cluster that flyteadmin itself runs in: neither endpoint nor files are read. */
  readonly in_cluster: boolean;
  /** File of the bearer token in flyteadmin's container; read at start for disabled clusters too. */
  readonly token_path: string | null;
  /** File of the cluster's CA in flyteadmin's container; read at start for disabled clusters too. */
  readonly cert_path: string | null;
  readonly kube_client_config?: KubeClientConfig;
}

/** One cluster of a label. */
export interface LabelMember {
  readonly id: string;
  /** As written; 0 where it is left out. Meant to be within 0..1. */
  readonly weight: number;
}

/** What one execution cluster label stands for. */
export interface ClusterLabel {
  /** As written. In a map, flyteadmin's loader makes it lower-case. */
  readonly label: string;
  readonly entries: readonly LabelMember[];
}

/** How the label map is written: as a map, or as a list of maps with one key each, which keeps the case of labels. */
export type LabelMapForm = "map" | "list";

/** How the rendered files get their credentials: as references into a secret store, or as placeholders to be filled in by hand. */
export type SecretsForm = "external-secrets" | "placeholder";

/** Where in the output the rendered files go and how they name secrets. Never says which output: that is the caller's. */
export interface FlyteDelivery {
  /** Folder in the output, relative, with `/`. Default: the object's name. */
  readonly path: string;
  /** Namespace of Flyte in all clusters. Default `flyte`. */
  readonly namespace: string;
  /** Default `placeholder`. */
  readonly secrets: SecretsForm;
  /** The store that the references of `external-secrets` go to; null where there are none. */
  readonly secret_store: { readonly name: string; readonly kind: "SecretStore" | "ClusterSecretStore" } | null;
  /** Key in the store with `{cluster}` for the cluster's id. With `{key}` (the Secret's key), no property is named. */
  readonly remote_key: string;
}

/** The clusters of one Flyte control plane, with the Helm values around them. */
export interface FlyteClusters {
  readonly name: string;
  readonly cluster_configs: readonly FlyteClusterConfig[];
  /** In the order in which they are written. */
  readonly label_cluster_map: readonly ClusterLabel[];
  readonly label_map_form: LabelMapForm;
  /** Label of executions that none, or an unknown one, is stored for; null when there is none. */
  readonly default_execution_label: string | null;
  /** `flyteadmin.additionalVolumes`, the volume of the credentials included. */
  readonly volumes: readonly JsonObject[];
  /** `flyteadmin.additionalVolumeMounts`, the mount of the credentials included. */
  readonly volume_mounts: readonly JsonObject[];
  readonly delivery: FlyteDelivery;
  /** All other Helm values of the file, kept as they are. */
  readonly rest: JsonObject;
}

/** A number as it is read from YAML: fractions are text. */
type WrittenNumber = number | string;
type LabelMapBody = Readonly<
  Record<string, readonly { readonly id: string; readonly weight?: WrittenNumber | null }[]>
>;

/** A manifest as `schemas/flyte-clusters.json` describes it: Helm values with a few fields of ours beside them. */
export interface FlyteClustersBody {
  readonly kind?: "FlyteClusters";
  readonly name?: string;
  readonly previously?: string;
  readonly lifecycle?: LifecycleBody;
  /** Dotted paths of Helm values that are sensitive, with `*` for any letters. */
  readonly sensitive?: readonly string[];
  readonly delivery?: {
    readonly path?: string;
    readonly namespace?: string;
    readonly secrets?: SecretsForm;
    readonly secret_store?: { readonly name: string; readonly kind?: "SecretStore" | "ClusterSecretStore" };
    readonly remote_key?: string;
  };
  readonly flyteadmin?: {
    readonly additionalVolumes?: readonly JsonObject[];
    readonly additionalVolumeMounts?: readonly JsonObject[];
    readonly [value: string]: Json | undefined;
  };
  readonly configmap: {
    readonly clusters: {
      readonly clusterConfigs?: readonly {
        readonly name: string;
        readonly endpoint?: string | null;
        readonly enabled?: boolean | null;
        readonly inCluster?: boolean | null;
        readonly auth?: {
          readonly type?: string | null;
          readonly tokenPath?: string | null;
          readonly certPath?: string | null;
        } | null;
        readonly kubeClientConfig?: KubeClientConfig | null;
      }[];
      readonly labelClusterMap?: LabelMapBody | readonly LabelMapBody[];
      readonly defaultExecutionLabel?: string | null;
    };
    readonly [value: string]: unknown;
  };
  readonly [value: string]: unknown;
}
