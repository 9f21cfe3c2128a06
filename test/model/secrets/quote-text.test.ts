import { expect, test } from "vitest";
import { quoteText } from "../../../src/model/secrets/quote-text.ts";

test.each([
  "password: hunter2secret",
  '{"password":"hunter2secret"}',
  "DB_PASSWORD = hunter2secret",
  "x, client-secret : hunter2secret",
])("%s is hidden: its key says that it is a secret", (text) => {
  expect(quoteText(text)).toBe('"***"');
});

test.each(["five", "password", "secretName: x", "run: 5", "token: "])("%s is repeated as it is", (text) => {
  expect(quoteText(text)).toBe(JSON.stringify(text));
});
