import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBucket } from "../../../src/model/objects/bucket.ts";
import { readDocuments } from "../read-documents.ts";

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
  const place = fc.record({
    bucket: fc.constantFrom("s3://one", "S3://ONE", "s3://two", "gs://one"),
    path,
    end: fc.constantFrom("", "/", "//"),
  });

  test("are errors for all but the first of each bucket, whatever their prefixes and spelling", () => {
    fc.assert(
      fc.property(fc.array(place, { minLength: 2, maxLength: 6 }), (places) => {
        const files = places.map(({ bucket, path: prefix, end }, index) => [
          `pools/p${index}.yaml`,
          `name: p${index}\nconfig: {object_store_ref: {uri: "${bucket}/${prefix}${end}"}, secret_store: {type: VAULT}}\n`,
        ]);
        const { diagnostics } = readDocuments(Object.fromEntries(files));
        const buckets = new Set(places.map(({ bucket }) => bucket.toLowerCase()));
        expect(diagnostics.filter(({ code }) => code === "shared-bucket")).toHaveLength(places.length - buckets.size);
      }),
      { numRuns: 200, seed: 19 },
    );
  });
});

describe("pools of a map", () => {
  const cluster = (name: string, uri: string) => ({
    [`clusters/${name}.yaml`]: `name: ${name}\ndata_plane: {object_store_ref: {uri: "${uri}"}}\n`,
  });

  test.each([
    [
      "two prefixes of one bucket, in two pools",
      "s3://one/x",
      "s3://one/y",
      "a: [c1]\nb: [c2]\n",
      "map-pools-share-bucket",
    ],
    [
      "two prefixes of one bucket, in one pool",
      "s3://one/x",
      "s3://one/y",
      "a: [c1, c2]\n",
      "map-pool-with-several-buckets",
    ],
    ["two buckets, in two pools", "s3://one/x", "s3://two/x", "a: [c1]\nb: [c2]\n", undefined],
  ])("%s: %s and %s", (_where, first, second, map, code) => {
    const files = { ...cluster("c1", first), ...cluster("c2", second), "cluster-pool-maps/own.yaml": map };
    const found = readDocuments(files).diagnostics.map((diagnostic) => diagnostic.code);
    expect(found.filter((one) => one.startsWith("map-pool") || one === "shared-bucket")).toEqual(
      code === undefined ? [] : [code],
    );
  });
});
