import { describe, expect, test } from "vitest";
import { holdsCredentials, maskCredentials } from "../../../src/model/secrets/mask-credentials.ts";

describe("credentials in an address", () => {
  test.each([
    ["https://user:pa55word@host/path", "https://***@host/path"],
    ["https://user:p@pa55word@host/path", "https://***@host/path"],
    ["https://pa55word@host", "https://***@host"],
    ["s3://key:pa55word@bucket/prefix", "s3://***@bucket/prefix"],
    ["abfs://user:pa55word@account.dfs", "abfs://***@account.dfs"],
    ["user:pa55word@host", "***@host"],
    ["ssh://git:pa55word@host/path", "ssh://***@host/path"],
    ["https://h?PASSWD=pa55word&apikey=pa55word&api_key=pa55word", "https://h?PASSWD=***&apikey=***&api_key=***"],
    ["https://h?client_secret=pa55word&x=1", "https://h?client_secret=***&x=1"],
    ["https://h?key=pa55word", "https://h?key=***"],
    ["https://h?passphrase=pa55word&x=1", "https://h?passphrase=***&x=1"],
    ["https://h?a=1&db_pass=pa55word", "https://h?a=1&db_pass=***"],
    ["host=h psk=pa55word sslmode=require", "host=h psk=*** sslmode=require"],
    ["https://h#jwt=pa55word", "https://h#jwt=***"],
    ["https://h/;token=pa55word", "https://h/;token=***"],
    ["https://h#access_token=pa55word", "https://h#access_token=***"],
    ["https://h?X-Amz-Signature=pa55word", "https://h?X-Amz-Signature=***"],
    ["token=pa55word", "token=***"],
    ["host secret=pa55word", "host secret=***"],
    [`s3://bucket/ghp_${"a".repeat(36)}/x`, "s3://bucket/***/x"],
    [`gs://bucket/x of xoxb-${"1".repeat(20)}`, "gs://bucket/x of ***"],
    ["AccountName=a;AccountKey=pa55word==;Suffix=s", "AccountName=a;AccountKey=***;Suffix=s"],
  ])("%s is shown as %s", (text, shown) => {
    expect(maskCredentials(text)).toBe(shown);
    expect(holdsCredentials(text)).toBe(true);
  });

  test.each([
    "s3://bucket/prefix",
    "abfs://container@account.dfs.core.windows.net/metadata",
    "wasbs://container@account.blob.core.windows.net",
    "ssh://git@host.example.com:22/acme/pools.git",
    "registry.internal:5000/team/image@sha256:0123",
    "https://host:8443/path?region=us-east-1&monkey=1",
    "https://host/path?pass_through=1&cookie_policy=lax",
    "arn:aws:secretsmanager:us-east-1:111122223333",
    "projects/my-project/secrets",
  ])("%s holds none, and is shown as it is", (text) => {
    expect([maskCredentials(text), holdsCredentials(text)]).toEqual([text, false]);
  });
});
