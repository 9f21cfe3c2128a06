import { expect, test } from "vitest";
import { createRedactor } from "../../../src/systems/http/create-redactor.ts";

const redact = (text: string) => createRedactor().redact(text);

test.each([
  "The bearer token is not accepted.",
  "no bearer token was sent",
  "Bearer Authentication failed: send a Bearer token.",
  "the bearer of news, and basic authentication",
  "Basic plans have basic support",
  "basic limits: basic queues; basic (free)",
])("a sentence without a credential is shown as it is: %j", (text) => {
  expect(redact(text)).toBe(text);
});

test.each([
  ["Bearer AbCdEfGh is not good", "Bearer *** is not good"],
  ["bearer abcdefghijklmnopqrst", "bearer ***"],
  ["bearer abc1.", "bearer ***"],
  ["Bearer very-secret-token is not good", "Bearer *** is not good"],
  ["Bearer a.b_c", "Bearer ***"],
  ["Bearer JBSWYDPE", "Bearer ***"],
  ["Basic dXNlcjpwYXNz", "Basic ***"],
  ["basic YWJj=", "basic ***"],
  // Where a server cut it, the beginning may look like a word.
  ["Bearer abcdef... is unknown", "Bearer *** is unknown"],
  ["Bearer abcdef… is unknown", "Bearer *** is unknown"],
  ["Bearer abcd**** is unknown", "Bearer *** is unknown"],
  // Where the header is named, any word is its value.
  ["authorization: Bearer token", "authorization: Bearer ***"],
  ["Authorization:Basic opensesame", "Authorization:Basic ***"],
  ['{"Authorization": "Bearer opensesame"}', '{"Authorization": "Bearer ***"}'],
  ["Proxy-Authorization=Bearer opensesame.", "Proxy-Authorization=Bearer ***"],
  ["flyte-authorization: Bearer opensesame", "flyte-authorization: Bearer ***"],
])("a credential of a header is hidden, whose ever it is: %j", (text, shown) => {
  expect(redact(text)).toBe(shown);
});

test("a plain word that is the secret is hidden where it is known", () => {
  const redactor = createRedactor();
  redactor.add("opensesame");
  expect(redactor.redact("the bearer opensesame is not accepted")).toBe("the bearer *** is not accepted");
});
