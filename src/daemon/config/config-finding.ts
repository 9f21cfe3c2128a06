import type { DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";

/** Something that a rule finds wrong in the configuration. It never holds a secret, nor what could be one. */
export interface ConfigFinding {
  readonly code: DiagnosticCode;
  readonly path: NodePath;
  /** Default: the value. */
  readonly part?: "key" | "value";
  readonly summary: string;
  /** Default: the remedy of the code. */
  readonly detail?: string;
}
