import { describe, expect, test } from "vitest";
import { codeOf } from "./await-failure.ts";
import { type BeginForge, type ForgeSubject, REQUEST } from "./forge-subject.ts";

/** How a client reads and writes comments, and what it says of their edits. */
export function describeComments(
  name: string,
  begin: BeginForge,
  { reactions, editors = true }: Pick<ForgeSubject, "reactions" | "editors">,
): void {
  describe(`${name}: comments`, () => {
    test("all pages of comments come, oldest first, with author and text as written", async () => {
      const { server, forge } = await begin({}, { pageLimit: 2 });
      const number = server.openRequest(REQUEST);
      const bodies = ["one", "two <!-- marker -->", "three\n\n```diff\n+ x\n```", "four ü 🎉", "five"];
      const ids = bodies.map((body) => server.comment(number, "mona", body));
      const comments = await forge.listComments(number);
      expect(comments.map(({ id, author, body }) => ({ id, author, body }))).toEqual(
        bodies.map((body, index) => ({ id: ids[index], author: "mona", body })),
      );
    });

    test("a comment is read that a deletion moves to a page that was read before", async () => {
      const { server, forge } = await begin({}, { pageLimit: 2 });
      const number = server.openRequest(REQUEST);
      const bodies = ["one", "two", "poolkeeper reject", "four", "five"];
      const [first = ""] = bodies.map((body) => server.comment(number, "mona", body));
      const held = server.hold({ call: /\/(comments|notes)\b/, answer: true });
      const reading = forge.listComments(number);
      await held.arrived();
      server.deleteComment(number, first);
      held.release();
      expect((await reading).map(({ body }) => body)).toEqual(bodies);
    });

    test("of a text beyond what forges take, its beginning is read, also of the daemon's own", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.comment(number, server.self, "\n".repeat(1_500_000));
      const [comment] = await forge.listComments(number);
      expect(comment?.body).toHaveLength(1_000_000);
    });

    test("a comment that was edited is said to be so, by whom where the forge tells", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const changed = server.comment(number, "mona", "one");
      server.comment(number, "mona", "two");
      server.editComment(number, changed, "poolkeeper approve", { by: "mallory" });
      const comments = await forge.listComments(number);
      const edits = await Promise.all(comments.map((comment) => forge.readEdit(number, comment)));
      expect(edits).toEqual([
        { kind: "edited", by: editors ? "mallory" : null },
        { kind: editors ? "none" : "unknown" },
      ]);
    });

    test("an edit within the second of the writing is seen, or the forge says that it can't tell", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.editComment(number, server.comment(number, "mona", "one"), "two", { by: "mallory", instant: true });
      const [comment] = await forge.listComments(number);
      expect(comment?.body).toBe("two");
      if (comment === undefined) return;
      expect(await forge.readEdit(number, comment)).toEqual(
        editors ? { kind: "edited", by: "mallory" } : { kind: "unknown" },
      );
    });

    test("a comment that was rewritten has the time that lists show, and was edited by the daemon's account", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const { id } = await forge.createComment(number, "first");
      const rewritten = await forge.updateComment(number, id, "second");
      expect(await forge.listComments(number)).toEqual([rewritten]);
      expect(await forge.readComment(number, id)).toEqual(rewritten);
      const edit = await forge.readEdit(number, rewritten);
      expect(edit).toEqual({ kind: "edited", by: editors ? server.self : null });
      server.deleteComment(number, id);
      expect(await forge.readComment(number, id)).toBeNull();
    });

    test("a comment is created as the daemon's account and rewritten in place", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const comment = await forge.createComment(number, "first");
      expect(comment).toMatchObject({ author: server.self, body: "first" });
      await forge.updateComment(number, comment.id, "second");
      expect(server.comments(number).map(({ id, body }) => ({ id, body }))).toEqual([
        { id: comment.id, body: "second" },
      ]);
    });

    test("a comment that somebody deleted is missing, and so are those of a missing request", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const { id } = await forge.createComment(number, "first");
      server.deleteComment(number, id);
      expect(await codeOf(forge.updateComment(number, id, "second"))).toBe("forge_missing");
      expect(await codeOf(forge.listComments(99))).toBe("forge_missing");
      expect(await codeOf(forge.createComment(99, "lost"))).toBe("forge_missing");
    });

    test("a comment of the greatest length is taken, a longer one is an error and no comment", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      await forge.createComment(number, "x".repeat(forge.maxComment));
      expect(server.comments(number).map(({ body }) => body.length)).toEqual([forge.maxComment]);
    });

    test("reactions carry the forge's names, and one that is there already is no error", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      const comment = server.comment(number, "mona", "poolkeeper plan");
      await forge.react(number, comment, "seen");
      await forge.react(number, comment, "seen");
      await forge.react(number, comment, "done");
      await forge.react(number, comment, "refused");
      expect(server.reactions(number, comment)).toEqual([reactions.seen, reactions.done, reactions.refused]);
    });
  });
}
