import { describe, expect, test } from "vitest";
import type { RepositoryConfig } from "../../../src/model/daemon/daemon-config.ts";
import { checkRepository } from "../../../src/reconcile/source/check-repository.ts";
import { configureRepository } from "./configure-repository.ts";

function check(changes: Partial<RepositoryConfig> & { readonly url: string }, allowed?: readonly string[]) {
  const config = configureRepository({ known_hosts: "/known", ...changes });
  return () => checkRepository(config, allowed ?? [config.url]);
}

describe("the address of a repository", () => {
  test.each([
    ["https://git.example.com/team/config.git", "https"],
    ["ssh://git@git.example.com:2222/team/config.git", "ssh"],
    ["git@git.example.com:team/config.git", "ssh"],
    ["file:///srv/config.git", "file"],
    ["http://127.0.0.1:3000/config.git", "http"],
  ])("%s is taken", (url, scheme) => {
    expect(check({ url })()).toBe(scheme);
  });

  test.each([
    "ext::sh -c touch% /tmp/x",
    "fd::17/foo",
    "-oProxyCommand=x",
    "--upload-pack=x",
    "ssh://-oProxyCommand=x/y",
    "-x@host:path",
    "git://git.example.com/config.git",
    "ftp://git.example.com/config.git",
    "/srv/config.git",
    "config.git",
    "https://git.example.com/a/../b",
    "https://git.example.com/a/%2e%2e/b",
    "https://git.example.com/a?token=x",
    "https://git.example.com/a#x",
    "https://git.example.com/a\nb",
    "file://../x",
    "",
  ])("%j is refused, and not repeated", (url) => {
    expect(check({ url })).toThrow(expect.objectContaining({ code: "source_refused" }));
    expect(check({ url })).not.toThrow(url === "" ? "no message has this" : url);
  });

  test.each([
    "https://user:hunter2@git.example.com/x",
    "https://hunter2@git.example.com/x",
    "ssh://git:hunter2@host/x",
  ])("with credentials is refused without showing them: %s", (url) => {
    expect(check({ url })).toThrow(/contains credentials/);
    expect(check({ url })).not.toThrow(/hunter2/);
  });

  test("is refused when it is not among the allowed ones", () => {
    const url = "https://git.example.com/team/config.git";
    for (const allowed of [
      ["https://git.example.com/team/"],
      ["https://git.example.com/team"],
      [url],
      ["https://x", url],
    ])
      expect(check({ url }, allowed)()).toBe("https");
    for (const allowed of [
      [],
      [""],
      ["https://git.example.com/tea"],
      ["https://git.example.com/team/config"],
      ["https://git.example.co"],
    ])
      expect(check({ url }, allowed)).toThrow(/is not allowed/);
    expect(check({ url: "git@host:team/x" }, ["git@host:"])()).toBe("ssh");
  });

  test("with a token is refused where the token would be seen, or nobody asks for it", () => {
    const token = { env: "TOKEN" };
    expect(check({ url: "http://git.example.com/x", token })).toThrow(/in transit/);
    expect(check({ url: "file:///srv/x", token })).toThrow(/uses none/);
    expect(check({ url: "http://localhost:1/x", token })()).toBe("http");
    expect(check({ url: "http://git.example.com/x" })()).toBe("http");
  });

  test.each(["-x", "--upload-pack=x", "a..b", "HEAD", "a b", "a:b", "refs/heads/x.lock", "", "a\nb"])(
    "goes with a plain branch only, not %j",
    (branch) => expect(check({ url: "https://host/x", branch })).toThrow(/not a plain branch name/),
  );

  test.each(["/a", "a/", "../a", "a/../b", "a//b", ".", "a\nb"])("goes with a path inside it only, not %j", (path) =>
    expect(check({ url: "https://host/x", path })).toThrow(/must be a path within the repository/),
  );
});
