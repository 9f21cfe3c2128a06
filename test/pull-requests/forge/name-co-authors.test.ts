import { expect, test } from "vitest";
import { nameCoAuthors, type WrittenCommit } from "../../../src/pull-requests/forge/name-co-authors.ts";

const commit = (message: string | null, given: Partial<WrittenCommit> = {}): WrittenCommit => ({
  ...{ sha: "a".repeat(40), author: "mona", committer: "mona", message },
  ...{ accounts: [["Mona@example.com", "mona"]], ...given },
});
const name = (...addresses: readonly string[]) =>
  nameCoAuthors([commit(`Change\n\n${addresses.map((one) => `Co-authored-by: A <${one}>`).join("\n")}`)])[0]
    ?.co_authors;

test("an address is of the account that a forge gave it to, or that the forge names for it in any commit", () => {
  expect(name("will@users.noreply.github.com", "1+Eve@users.noreply.github.com")).toEqual(["will", "eve"]);
  expect(name("1-ada@users.noreply.gitlab.com", "rita@noreply.example.com")).toEqual(["ada", "rita"]);
  expect(name("mona@EXAMPLE.com", "a@example.com", "b@example.com")).toEqual(["mona", null]);
  const other = commit("Change", { accounts: [["w@example.com", "will"]] });
  const [first] = nameCoAuthors([commit("Co-authored-by: W <w@example.com>"), other]);
  expect(first?.co_authors).toEqual(["will"]);
});

test("what is no trailer, or of a program, names no user", () => {
  expect(name("noreply@example.com", "no-reply@example.com")).toBeUndefined();
  for (const message of [
    null,
    "",
    "See Co-authored-by: A <a@example.com>",
    "Co-authored-by: a",
    "Co-authored-by:\n<a@b.c>",
  ])
    expect(nameCoAuthors([commit(message)])[0]).not.toHaveProperty("co_authors");
});

test("of very many co-authors the first ones are named, and the rest is unknown", () => {
  const many = Array.from({ length: 20_000 }, (_nothing, at) => `u${at}@users.noreply.example.com`);
  const found = name(...many) ?? [];
  expect([found.length, found[0], found.at(-1)]).toEqual([101, "u0", null]);
  expect(name(`${"x".repeat(500_000)}@noreply.example.com`)).toEqual([null]);
});
