import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBucket } from "../../src/desired/check-buckets.ts";
import { readDocuments } from "../manifest/read-documents.ts";

describe("a bucket's address", () => {
  test.each([
    ["s3://b", " s3://b", "/"],
    ["S3://B//x/y/", " s3://b", "/x/y/"],
    ["gs://b/", " gs://b", "/"],
    ["bucket/x", " ://bucket", "/x/"],
  ])("%s is compared as store %s and prefix %s", (uri, store, prefix) => {
    expect(readBucket(uri, "")).toMatchObject({ store, prefix });
  });

  test("of one name at two endpoints is two buckets", () => {
    expect(readBucket("s3://b", "https://a.example.com").store).not.toBe(
      readBucket("s3://b", "https://b.example.com").store,
    );
    expect(readBucket("s3://b", "https://a.example.com/").store).toBe(
      readBucket("s3://b", "https://A.example.com").store,
    );
  });
});

describe("pools in one bucket", () => {
  const path = fc.array(fc.constantFrom("a", "b", "a-b"), { maxLength: 3 }).map((segments) => segments.join("/"));

  test("are errors exactly when one's place is the other's or inside it", () => {
    fc.assert(
      fc.property(fc.array(path, { minLength: 2, maxLength: 6 }), (paths) => {
        const files = paths.map((prefix, index) => [
          `pools/p${index}.yaml`,
          `name: p${index}\nconfig: {object_store_ref: {uri: "s3://bucket/${prefix}"}, secret_store: {type: VAULT}}\n`,
        ]);
        const { diagnostics } = readDocuments(Object.fromEntries(files));
        const places = paths.map((prefix) => (prefix === "" ? "/" : `/${prefix}/`));
        // Each distinct place that lies in no other is one pool's own; every further pool is in conflict with one of them.
        const own = new Set(
          places.filter((place) => !places.some((other) => other !== place && place.startsWith(other))),
        );
        expect(diagnostics.filter(({ code }) => code === "shared-bucket")).toHaveLength(paths.length - own.size);
      }),
      { numRuns: 200, seed: 19 },
    );
  });
});
