import { describe, expect, test } from "vitest";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import { PATIENCE_MS, SOON_MS } from "../../set-up/patience.ts";
import { codeOf, failureOf } from "./await-failure.ts";
import { type BeginForge, REQUEST } from "./forge-subject.ts";

/** What a client does where a call fails, is refused, or gets no answer. */
export function describeFaults(name: string, begin: BeginForge): void {
  describe(`${name}: faults`, () => {
    test("a read that fails twice inside the forge is repeated", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 502 });
      server.fault({ kind: "cut_before" });
      expect((await forge.readRequest(number))?.number).toBe(number);
    });

    test("a read that keeps failing is unreachable, and worth another try", async () => {
      const { server, forge } = await begin();
      server.fault({ kind: "status", status: 503 }, { times: 20 });
      const error = await failureOf(forge.listOpen("main"));
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry", outcomeUnknown: false });
    });

    test("a comment whose answer is lost is not sent again, and its outcome is unknown", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "cut_after" }, { call: /^POST / });
      const error = await failureOf(forge.createComment(number, "once"));
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry", outcomeUnknown: true });
      expect(server.comments(number)).toHaveLength(1);
    });

    test("a comment that the forge fails on is not sent again", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 500 }, { call: /^POST / });
      expect(await codeOf(forge.createComment(number, "once"))).toBe("forge_unreachable");
      expect(server.calls().filter(({ method }) => method === "POST")).toHaveLength(1);
    });

    test("a write whose sender may not write any more is not sent, and not tried again either; a read is", async () => {
      const lost = new OperationalError("lease_lost", "The lease was lost.", { next: "stop" });
      let left = 1;
      const confirmWrite = async () => {
        if (left-- <= 0) throw lost;
      };
      const { server, forge } = await begin({ confirmWrite });
      const number = server.openRequest(REQUEST);
      const comment = server.comment(number, server.self, "newer");
      server.limit(1, { kind: "burst" });
      expect(await failureOf(forge.updateComment(number, comment, "older"))).toBe(lost);
      expect(await failureOf(forge.createComment(number, "older"))).toBe(lost);
      expect(server.comments(number).map(({ body }) => body)).toEqual(["newer"]);
      expect(await forge.readRequest(number)).toMatchObject({ number });
      expect(server.calls().filter(({ method }) => method !== "GET")).toHaveLength(1);
    });

    test("an answer that does not come in time is unreachable, and not waited for twice", async () => {
      const { server, forge } = await begin({ timeoutMs: SOON_MS });
      const number = server.openRequest(REQUEST);
      server.hold();
      expect(await codeOf(forge.readRequest(number))).toBe("forge_unreachable");
      // The first one may be given up before it is sent.
      expect(server.calls().length).toBeLessThanOrEqual(1);
    });

    test("a page of HTML is no answer of the forge", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.fault({ kind: "garbage" }, { times: 3 });
      expect(await codeOf(forge.readRequest(number))).toBe("forge_answer");
      expect(await codeOf(forge.listOpen("main"))).toBe("forge_answer");
      expect(await codeOf(forge.createComment(number, "lost"))).toBe("forge_answer");
    });

    test("a forge that is not there is unreachable, and its address is named", async () => {
      const { server, forge } = await begin();
      await server.close();
      const error = await failureOf(forge.readSelf());
      expect(error).toMatchObject({ code: "forge_unreachable", next: "retry" });
      expect(error.message).toContain(new URL(server.url).host);
    });

    test("a limit of minutes is told with how long to wait, and nothing is done meanwhile", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.limit(3_600);
      const error = await failureOf(forge.createComment(number, "later"));
      expect(error).toMatchObject({ code: "forge_limited", next: "retry", outcomeUnknown: false });
      // Some forges name the moment when it ends, and it takes a while until that is read.
      expect(error.retryAfterMs).toBeGreaterThan(3_600_000 - PATIENCE_MS);
      expect(error.retryAfterMs).toBeLessThanOrEqual(3_602_000);
      expect(server.comments(number)).toEqual([]);
      await forge.createComment(number, "now");
      expect(server.comments(number)).toHaveLength(1);
    });

    test("a limit of a second in the middle of a list is waited for", async () => {
      const { server, forge } = await begin({}, { pageLimit: 1 });
      const number = server.openRequest(REQUEST);
      for (const body of ["one", "two", "three"]) server.comment(number, "mona", body);
      server.limit(1, { after: 1, kind: "burst" });
      expect(await forge.listComments(number)).toHaveLength(3);
    });

    test("a token that was taken back is refused with what to do, and never repeated", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.revoke();
      for (const act of [
        () => forge.readSelf(),
        () => forge.listOpen("main"),
        () => forge.createComment(number, "no"),
      ]) {
        const error = await failureOf(act());
        expect(error).toMatchObject({ code: "forge_refused", next: "stop" });
        expect(error.message).toMatch(/token/i);
        expect(error.message).not.toContain(server.token);
      }
    });

    test("a token that was replaced counts with the next call", async () => {
      let token = "not-yet-the-right-one";
      const { server, forge } = await begin({ access: { kind: "token", token: () => token } });
      expect(await codeOf(forge.readSelf())).toBe("forge_refused");
      token = server.token;
      expect(await forge.readSelf()).toBe(server.self);
    });

    test("each call over the network is told, repeated ones too", async () => {
      const told: string[] = [];
      const { server, forge } = await begin({ onCall: (method) => told.push(method) });
      server.openRequest(REQUEST);
      server.fault({ kind: "status", status: 502 });
      await forge.listOpen("main");
      expect(told).toHaveLength(server.calls().length);
      expect(new Set(told)).toEqual(new Set(["listOpen"]));
      expect(told.length).toBeGreaterThanOrEqual(2);
    });
  });
}
