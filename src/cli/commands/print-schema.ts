import targetSchema from "../../../schemas/target.json" with { type: "json" };
import { CONFIG_SCHEMA } from "../../daemon/config/config-schema.ts";
import { KIND_DEFINITIONS, KIND_TITLES, KINDS } from "../../kinds/registry.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { EXIT } from "../output/exit-codes.ts";
import { showDocument } from "../output/show-result.ts";
import { PLAN_SCHEMA } from "../saved-plan/plan-schema.ts";

/** What `schema` was asked: a kind as manifests spell it, or as addresses do (ClusterPool, cluster_pool, cluster-pool), `target`, `plan` or `config`. */
export interface PrintSchemaOptions {
  readonly kind: string;
}

/**
 * Prints the JSON Schema of a kind's manifest, of `poolkeeper.target.yaml`, of a plan, or of the daemon's configuration. Exit code 0. Throws an OperationalError `unknown_kind` that names the kinds there are.
 */
export async function runPrintSchema({ kind }: PrintSchemaOptions): Promise<number> {
  const asked = plain(kind);
  if (asked === "config") return print(CONFIG_SCHEMA);
  if (asked === "target") return print(targetSchema);
  if (asked === "plan") return print(PLAN_SCHEMA);
  const found = KINDS.find((known) => plain(known) === asked);
  if (found === undefined) {
    const names = KIND_TITLES.join(", ");
    throw new OperationalError("unknown_kind", `Unknown kind "${kind}". Pass one of ${names}, target, plan, config.`, {
      next: "stop",
    });
  }
  return print(KIND_DEFINITIONS[found].schema);
}

function print(schema: object): number {
  showDocument(`${JSON.stringify(schema, undefined, 2)}\n`);
  return EXIT.ok;
}

function plain(kind: string): string {
  return kind.toLowerCase().replaceAll(/[-_]/g, "");
}
