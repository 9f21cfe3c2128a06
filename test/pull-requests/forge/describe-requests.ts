import { describe, expect, test } from "vitest";
import type { Permission } from "../../../src/pull-requests/forge/forge.ts";
import { type BeginForge, type ForgeSubject, REQUEST, sha } from "./forge-subject.ts";

const PERMISSIONS: readonly Permission[] = ["admin", "write", "read", "none", "none"];

/** How a client reads requests, and what accounts may do. */
export function describeRequests(
  name: string,
  begin: BeginForge,
  { permissions = PERMISSIONS }: Pick<ForgeSubject, "permissions">,
): void {
  describe(`${name}: reading`, () => {
    test("its own login is read", async () => {
      const { server, forge } = await begin();
      expect(await forge.readSelf()).toBe(server.self);
    });

    test("open requests of the branch are listed over all pages, oldest first", async () => {
      const { server, forge } = await begin({}, { pageLimit: 2 });
      for (const branch of ["one", "two", "three", "four", "five"]) server.openRequest({ ...REQUEST, branch });
      server.openRequest({ ...REQUEST, branch: "six", base: "release" });
      server.changeRequest(2, { state: "closed" });
      server.merge(4, "hubot", sha("b"));
      expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual([1, 3, 5]);
      server.changeRequest(2, { state: "open" });
      server.changeRequest(3, { base: "release" });
      expect((await forge.listOpen("main")).map(({ number }) => number)).toEqual([1, 2, 5]);
    });

    test("a request tells its head, base, author, labels, draft and page", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest({ ...REQUEST, draft: true, labels: ["routing", "urgent"] });
      expect(await forge.readRequest(number)).toMatchObject({
        number,
        title: "Add a pool",
        author: "mona",
        state: "open",
        draft: true,
        labels: ["routing", "urgent"],
        head: { sha: sha("a"), branch: "add-pool", fork: false },
        base: "main",
        merged: null,
      });
      const request = await forge.readRequest(number);
      expect(request?.url).toContain(server.repository);
      expect(request?.updated_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    test("a push moves the head and the time, in the list too", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const [before] = await forge.listOpen("main");
      server.changeRequest(number, { sha: sha("c") });
      const [after] = await forge.listOpen("main");
      expect(after?.head.sha).toBe(sha("c"));
      expect(after?.updated_at).not.toBe(before?.updated_at);
    });

    test("a head in another repository, or in one that is gone, is a fork's", async () => {
      const { server, forge } = await begin();
      server.openRequest({ ...REQUEST, fork: "mona/pools" });
      server.openRequest({ ...REQUEST, fork: "gone" });
      expect((await forge.listOpen("main")).map(({ head }) => head.fork)).toEqual([true, true]);
    });

    test("a merged request tells by whom and as which commit, a closed one is not merged, a missing one is null", async () => {
      const { server, forge } = await begin();
      const merged = server.openRequest(REQUEST);
      const closed = server.openRequest({ ...REQUEST, branch: "other" });
      server.merge(merged, "hubot", sha("d"));
      server.changeRequest(closed, { state: "closed" });
      expect(await forge.readRequest(merged)).toMatchObject({
        state: "merged",
        merged: { by: "hubot", commit: sha("d") },
      });
      expect(await forge.readRequest(closed)).toMatchObject({ state: "closed", merged: null });
      expect(await forge.readRequest(99)).toBeNull();
    });

    test("the request that a commit was merged from is found by it; a commit that was pushed is of none", async () => {
      const { server, forge } = await begin();
      const merged = server.openRequest(REQUEST);
      const elsewhere = server.openRequest({ ...REQUEST, branch: "other", base: "release", sha: sha("b") });
      server.openRequest({ ...REQUEST, branch: "open", sha: sha("c") });
      server.merge(merged, "hubot", sha("d"));
      server.merge(elsewhere, "hubot", sha("e"));
      expect(await forge.findMerged("main", sha("d"))).toMatchObject({ number: merged, merged: { commit: sha("d") } });
      for (const digit of ["c", "e", "f"]) expect(await forge.findMerged("main", sha(digit))).toBeNull();
      const lately = await forge.listMergedLately("main");
      expect(lately.map(({ number }) => number)).toEqual(forge.kind === "gitlab" ? [] : [merged]);
    });

    test("the commits of a request tell the accounts of authors and committers, and the request who pushed to it", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.changeRequest(number, { sha: sha("b"), commit: { author: "ada", committer: "will", pusher: "eve" } });
      const { commits, pushes, missing } = await forge.readOrigin(number);
      expect(commits.toSorted((one, other) => one.sha.localeCompare(other.sha))).toEqual([
        { sha: sha("a"), author: "mona", committer: "mona" },
        { sha: sha("b"), author: "ada", committer: "will" },
      ]);
      expect(pushes.map(({ login }) => login)).toContain("eve");
      expect(missing).toBeNull();
    });

    test("an address without an account is none, and a list that was cut says so", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.changeRequest(number, { sha: sha("b"), commit: { author: null, committer: "mona" } });
      expect((await forge.readOrigin(number)).commits).toContainEqual({
        sha: sha("b"),
        author: null,
        committer: "mona",
      });
      const many = Array.from({ length: 260 }, (_nothing, at) => at.toString(16).padStart(40, "0"));
      const commits = many.map((one) => ({
        ...{ sha: one, author: "mona", committer: "mona", pusher: "mona", before: "0".repeat(40) },
      }));
      const long = server.openRequest({ ...REQUEST, branch: "long", sha: many.at(-1) ?? "", commits });
      expect((await forge.readOrigin(long)).missing).toMatch(/^it has 250 commits or more/);
    });

    test("permissions are told as far as the forge tells them, and a stranger has none", async () => {
      const { server, forge } = await begin();
      server.allow("ada", "admin");
      server.allow("will", "write");
      server.allow("rita", "read");
      server.allow("nick", "none");
      const found = await Promise.all(["ada", "will", "rita", "nick", "stranger"].map(forge.readPermission));
      expect(found).toEqual(permissions);
    });
  });

  describe(`${name}: rights`, () => {
    test("of a token with what is documented are no more than is needed", async () => {
      const { forge } = await begin();
      expect(await forge.readExcess()).toEqual([]);
    });

    test("of an administrator's token are named", async () => {
      const { server, forge } = await begin();
      server.promote();
      const excess = await forge.readExcess();
      expect(excess[0]).toMatch(/^administer the (repository|project)/);
    });
  });
}
