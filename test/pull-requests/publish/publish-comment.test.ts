import { describe, expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import type { Comment, Forge } from "../../../src/pull-requests/forge/forge.ts";
import { publishComment } from "../../../src/pull-requests/publish/publish-comment.ts";

type Calls = Pick<Forge, "readSelf" | "listComments" | "createComment" | "updateComment">;

/** What the forge answers to the rewriting of a comment, by id: it is gone since it was listed, or may not be changed. */
type Refused = Readonly<Record<string, "forge_missing" | "forge_refused">>;

/** A request's page in memory. */
function openPage(comments: readonly (readonly [author: string, body: string])[], refused: Refused = {}) {
  const kept: Comment[] = comments.map(([author, body], index) => ({
    ...{ id: String(index + 1), author, body, created_at: "2026-11-01T00:00:00Z" },
  }));
  const called: string[] = [];
  const calls: Calls = {
    readSelf: () => Promise.resolve("poolkeeper-bot"),
    listComments: () => {
      called.push("list");
      return Promise.resolve(kept);
    },
    createComment: (_number, body) => {
      called.push("create");
      const comment = {
        id: String(kept.length + 1),
        author: "poolkeeper-bot",
        body,
        created_at: "2026-11-02T00:00:00Z",
      };
      kept.push(comment);
      return Promise.resolve(comment);
    },
    updateComment: (_number, id, body) => {
      called.push(`update ${id}`);
      const index = kept.findIndex((comment) => comment.id === id);
      const found = kept[index];
      const code = found === undefined ? "forge_missing" : refused[id];
      if (found === undefined || code !== undefined) {
        return Promise.reject(new OperationalError(code ?? "forge_missing", "no", { next: "stop" }));
      }
      kept[index] = { ...found, body };
      return Promise.resolve({ ...found, body });
    },
  };
  const find = (id: string) => kept.find((comment) => comment.id === id) ?? null;
  return { calls, called, find, bodies: () => kept.map(({ body }) => body) };
}

function publish(
  { calls }: ReturnType<typeof openPage>,
  body: string,
  more: { known?: Comment | null; evenSame?: true } = {},
) {
  return publishComment(calls, { number: 7, marker: (text) => text.startsWith("MARK"), body, known: null, ...more });
}

describe("what is said of a request", () => {
  test("is a new comment where there is none", async () => {
    const page = openPage([["alex", "Looks good"]]);
    expect(await publish(page, "MARK one")).toMatchObject({ id: "2", written: true });
    expect(page.bodies()).toEqual(["Looks good", "MARK one"]);
  });

  test("takes the place of what was said before", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one"]]);
    expect(await publish(page, "MARK two")).toMatchObject({ id: "1", written: true });
    expect(page.bodies()).toEqual(["MARK two"]);
  });

  test("is written once where nothing changed, however the forge ends its lines", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one\r\nmore"]]);
    expect(await publish(page, "MARK one\nmore\n")).toMatchObject({ id: "1", written: false });
    expect(page.called).toEqual(["list"]);
  });

  test("leaves a stranger's comment alone that has the marker pasted in", async () => {
    const page = openPage([["mallory", "MARK All is well"]]);
    await publish(page, "MARK one");
    expect(page.bodies()).toEqual(["MARK All is well", "MARK one"]);
  });

  test("leaves an own comment about something else alone", async () => {
    const page = openPage([["poolkeeper-bot", "Another target"]]);
    await publish(page, "MARK one");
    expect(page.bodies()).toEqual(["Another target", "MARK one"]);
  });

  test("is written again where that is asked for, so that the forge dates it", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one"]]);
    expect(await publish(page, "MARK one", { evenSame: true })).toMatchObject({ id: "1", written: true });
    expect(page.called).toEqual(["list", "update 1"]);
  });

  test("takes one call where its comment is known, and a new comment where that one was deleted", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one"]]);
    expect(await publish(page, "MARK two", { known: page.find("1") })).toMatchObject({ id: "1", written: true });
    expect(page.called).toEqual(["update 1"]);
    expect(await publish(openPage([]), "MARK two", { known: page.find("1") })).toMatchObject({
      id: "1",
      written: true,
    });
  });

  test("is a new comment where the old one is deleted between looking and writing", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one"]], { 1: "forge_missing" });
    expect(await publish(page, "MARK two")).toMatchObject({ id: "2", written: true });
  });

  test("is a new comment where the forge does not let the old one be rewritten", async () => {
    const page = openPage([["poolkeeper-bot", "MARK one"]], { 1: "forge_refused" });
    expect(await publish(page, "MARK two", { known: page.find("1") })).toMatchObject({ id: "2", written: true });
    expect(page.bodies()).toEqual(["MARK one", "MARK two"]);
  });

  test("is a new comment where an account of before wrote the old one, which says so from then on", async () => {
    const page = openPage([["former-bot", "MARK one"]]);
    expect(await publish(page, "MARK two", { known: page.find("1") })).toMatchObject({ id: "2", written: true });
    expect(page.bodies()).toEqual([expect.stringContaining("now comments from another account"), "MARK two"]);
    const locked = openPage([["former-bot", "MARK one"]], { 1: "forge_refused" });
    await publish(locked, "MARK two", { known: locked.find("1") });
    expect(locked.bodies()).toEqual(["MARK one", "MARK two"]);
  });

  test("leaves a stranger's comment alone that has the id of an own one, as in another repository", async () => {
    const page = openPage([["alex", "Looks good"]]);
    await publish(page, "MARK one", { known: page.find("1") });
    expect(page.bodies()).toEqual(["Looks good", "MARK one"]);
  });
});
