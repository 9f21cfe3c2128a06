import { describe, expect, test } from "vitest";
import { type BeginForge, type ForgeSubject, REQUEST, sha } from "./forge-subject.ts";

/** How a client sets statuses of commits and opens requests of its own. */
export function describeStatuses(
  name: string,
  begin: BeginForge,
  { error: errorState = "error" }: Pick<ForgeSubject, "error">,
): void {
  describe(`${name}: statuses and proposals`, () => {
    test("a status is set and replaced by the next one of its context", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const status = {
        context: "poolkeeper/plan",
        description: "planning",
        url: "https://poolkeeper.example.com/plan",
      };
      await forge.setStatus(sha("a"), { ...status, state: "pending" });
      await forge.setStatus(sha("a"), { ...status, state: "success", description: "2 changes", url: null });
      await forge.setStatus(sha("a"), { ...status, context: "poolkeeper/apply", state: "error" });
      await forge.setStatus(sha("a"), { ...status, context: "poolkeeper/other", state: "failure" });
      expect(server.statuses(sha("a")).map(({ context, state }) => `${context} ${state}`)).toEqual([
        "poolkeeper/other failure",
        `poolkeeper/apply ${errorState}`,
        "poolkeeper/plan success",
      ]);
      expect(server.statuses(sha("a")).at(-1)?.description).toBe("2 changes");
      expect(server.statuses(sha("a")).at(0)?.url).toBe("https://poolkeeper.example.com/plan");
    });

    test("the statuses of a commit are read as they stand, with who set them", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const status = { context: "poolkeeper/plan", description: "planning", url: null } as const;
      await forge.setStatus(sha("a"), { ...status, state: "pending" });
      await forge.setStatus(sha("a"), { ...status, state: "error", description: "no" });
      server.postStatus(sha("a"), { ...status, context: "poolkeeper/apply", state: "success" }, "mallory");
      server.postStatus(sha("a"), { ...status, context: "ci/test", state: "success" }, "mallory");
      const names = ["poolkeeper/plan", "poolkeeper/apply", "poolkeeper/other"];
      expect(await forge.readStatuses(sha("a"), names)).toMatchObject([
        { context: "poolkeeper/plan", state: errorState, description: "no", by: server.self },
        { context: "poolkeeper/apply", state: "success", description: "planning", by: "mallory" },
      ]);
    });

    test("the same status set twice is no error", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const status = { context: "poolkeeper/plan", state: "pending", description: "planning", url: null } as const;
      await forge.setStatus(sha("a"), status);
      await forge.setStatus(sha("a"), status);
      expect(server.statuses(sha("a"))).toMatchObject([{ state: "pending" }]);
    });

    test("a description is cut to 140 characters and no character in two", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      await forge.setStatus(sha("a"), {
        context: "poolkeeper/plan",
        state: "success",
        description: "🎉".repeat(150),
        url: null,
      });
      const [status] = server.statuses(sha("a"));
      expect([...(status?.description ?? "")]).toHaveLength(140);
      expect(status?.description).toBe(`${"🎉".repeat(139)}…`);
    });

    test("a proposal opens one request, brings that one up to date, and opens another after it was merged", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      const draft = { branch: "poolkeeper/drift", base: "main", title: "Take over drift", body: "one" };
      const first = await forge.proposeRequest(draft);
      const same = await forge.proposeRequest({ ...draft, title: "Take over more drift", body: "two" });
      expect(same.number).toBe(first.number);
      expect(server.requests().at(-1)).toMatchObject({
        number: first.number,
        title: "Take over more drift",
        body: "two",
        branch: "poolkeeper/drift",
        author: server.self,
      });
      server.merge(first.number, "mona", sha("e"));
      const next = await forge.proposeRequest(draft);
      expect(next).toMatchObject({ state: "open", base: "main", head: { branch: "poolkeeper/drift", fork: false } });
      expect(next.number).not.toBe(first.number);
    });

    test("a fork's branch of the same name is not taken for the proposal's", async () => {
      const { server, forge } = await begin();
      const other = server.openRequest({ ...REQUEST, branch: "poolkeeper/drift", fork: "mona/pools" });
      const draft = { branch: "poolkeeper/drift", base: "main", title: "Take over drift", body: "one" };
      expect((await forge.proposeRequest(draft)).number).not.toBe(other);
      expect(server.requests()[0]?.title).toBe("Add a pool");
    });
  });
}
