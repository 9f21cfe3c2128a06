import fc from "fast-check";
import { expect, test } from "vitest";
import { checkDocuments, parseManifests } from "../../src/manifests/parse-manifests.ts";
import { cluster, pool, queue } from "../cli/manifests.ts";
import { EVERYTHING } from "../cli/systems.ts";

const FILES = {
  ...EVERYTHING,
  "pools/dev.yaml": pool("dev", "member_clusters: [c2]\n"),
  "clusters/c3.yaml": cluster("c3", "dev", "lifecycle: { prevent_destroy: true }\n"),
  "queues/any.yaml": queue("any", "dev", ["c2", "c3"], "max_accelerators: { H100: 4 }\n"),
  "cluster-pool-maps/pools.yaml": "default: [c1]\n",
};

/** Documents as they are parsed, each in a file of its own. */
const DOCUMENTS = parseManifests(
  Object.entries(FILES).map(([path, text]) => ({ path, text })),
  { org: "acme" },
).manifests.map(({ source, body }) => ({ file: source.file, line: 1, body: body as object }));

/** What a manifest can hold, a fraction left out: it is text there. */
const value = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.string()),
  fc.constant({}),
);
const key = fc.oneof(
  fc.constantFrom("name", "kind", "pool", "clusters", "settings", "__proto__", "scope"),
  fc.string(),
);

test("a document that was kept is checked as one of a folder, whatever was done to it", () => {
  fc.assert(
    fc.property(fc.nat(), key, value, fc.boolean(), (index, field, given, isNested) => {
      const document = DOCUMENTS[index % DOCUMENTS.length] ?? { file: "", line: 1, body: {} };
      const fields = Object.entries(document.body);
      const [first] = fields;
      const inner =
        isNested && first !== undefined ? [[first[0], Object.fromEntries([[field, given]])]] : [[field, given]];
      const body = Object.fromEntries([...fields, ...inner]);
      const kept = checkDocuments([{ ...document, body }], { org: "acme" });
      const parsed = parseManifests([{ path: document.file, text: JSON.stringify(body) }], { org: "acme" });
      const seen = ({ manifests, claims, diagnostics }: typeof kept) => ({
        manifests: manifests.map(({ kind, name, body: found, doubts }) => ({ kind, name, found, doubts })),
        claims,
        diagnostics: diagnostics.map(({ code, summary, file, address }) => ({ code, summary, file, address })),
      });
      expect(seen(kept)).toEqual(seen(parsed));
    }),
    { numRuns: 300, seed: 1 },
  );
});
