import { readFileSync } from "node:fs";
import { expect } from "vitest";
import schema from "../../../schemas/flyte-clusters.json" with { type: "json" };
import type { LabelInUse } from "../../../src/manifests/flyte-clusters/cluster-finding.ts";
import { parseFlyteClusters } from "../../../src/manifests/flyte-clusters/parse-flyte-clusters.ts";
import { compileSchema } from "../../../src/manifests/yaml/compile-schema.ts";
import { createLocators } from "../../../src/manifests/yaml/locate-document.ts";
import { parseDocuments } from "../../../src/manifests/yaml/parse-documents.ts";
import type { Locate } from "../../../src/model/diagnostics/position.ts";
import type { FlyteClusters, FlyteClustersBody } from "../../../src/model/objects/flyte-clusters.ts";

const check = compileSchema(schema);

export interface Fixture {
  readonly value: FlyteClusters;
  readonly body: FlyteClustersBody;
  /** `labels` of the second document, where there is one. */
  readonly uses: readonly LabelInUse[];
  readonly locate: Locate;
}

/** Reads a manifest that follows the schema, and what its second document says of the world around it. */
export function readFixture(path: string): Fixture {
  return readText(readFileSync(path, "utf8"));
}

/** The same for a text. */
export function readText(text: string): Fixture {
  const { documents, broken } = parseDocuments(text);
  const [document, second] = documents;
  expect(broken).toEqual([]);
  if (document === undefined) throw new Error("the text holds no document");
  expect(check(document.value)).toEqual([]);
  const body = document.value as FlyteClustersBody;
  const around = (second?.value ?? {}) as { readonly labels?: readonly LabelInUse[] };
  return {
    body,
    value: parseFlyteClusters(body, "values-override"),
    uses: around.labels ?? [],
    locate: createLocators()(document),
  };
}
