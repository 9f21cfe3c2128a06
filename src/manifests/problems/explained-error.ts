import type { DiagnosticCode } from "../../model/diagnostics/diagnostic-catalogue.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { findPointer, type SchemaError } from "../yaml/compile-schema.ts";

/** A schema error in a person's words, and the node that it is about. */
export interface ExplainedError {
  readonly code: DiagnosticCode;
  readonly path: NodePath;
  readonly part: "key" | "value";
  readonly summary: string;
  /** Undefined: the remedy of the code says it all. */
  readonly detail: string | undefined;
  /** For an unknown field, the pointer of the field that it was probably meant to be. */
  readonly meant?: string | undefined;
}

/** The path of what an error is about. */
export function readPath(error: SchemaError): NodePath {
  const steps = findPointer(error).split("/").slice(1);
  return steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}
