import { expect, test } from "vitest";
import { locateGithub } from "../../../src/pull-requests/forge/locate-github.ts";

test.each([
  [null, "https://api.github.com", "github.com", true],
  ["https://github.com", "https://api.github.com", "github.com", true],
  ["https://api.github.com/", "https://api.github.com", "github.com", true],
  ["https://acme.ghe.com", "https://api.acme.ghe.com", "acme.ghe.com", true],
  ["https://api.acme.ghe.com", "https://api.acme.ghe.com", "acme.ghe.com", true],
  ["https://git.example.com", "https://git.example.com/api/v3", "git.example.com", false],
  ["https://git.example.com:8443/", "https://git.example.com:8443/api/v3", "git.example.com:8443", false],
  ["https://git.example.com/api/v3", "https://git.example.com/api/v3", "git.example.com", false],
  ["https://example.com/github/", "https://example.com/github/api/v3", "example.com", false],
  ["https://not-github.com", "https://not-github.com/api/v3", "not-github.com", false],
])("%s has its API at %s", (address, api, host, hosted) => {
  expect(locateGithub(address)).toMatchObject({ api, host, hosted });
});

test.each([
  [null, "https://api.github.com/graphql"],
  ["https://acme.ghe.com", "https://api.acme.ghe.com/graphql"],
  ["https://git.example.com", "https://git.example.com/api/graphql"],
  ["https://git.example.com/api/v3", "https://git.example.com/api/graphql"],
  ["https://example.com/github/", "https://example.com/github/api/graphql"],
])("%s has its GraphQL API at %s", (address, graphql) => {
  expect(locateGithub(address).graphql).toBe(graphql);
});

test("what is no address is refused", () => {
  expect(() => locateGithub("git.example.com")).toThrow("https://HOST");
});
