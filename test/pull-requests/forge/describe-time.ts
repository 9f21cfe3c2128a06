import { describe, expect, test } from "vitest";
import { PATIENCE_MS } from "../../set-up/patience.ts";
import { type BeginForge, REQUEST } from "./forge-subject.ts";

const HOUR_MS = 3_600_000;

/** How a client learns what time it is on the forge, whose clock is not the machine's. */
export function describeTime(name: string, begin: BeginForge): void {
  describe(`${name}: time`, () => {
    test("is what the newest answer said, also one that nothing has changed, and what has passed since", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      expect(forge.now()).toBeNull();
      const ageOf = async () => {
        const [request] = await forge.listOpen("main");
        return Date.parse(forge.now() ?? "") - Date.parse(request?.updated_at ?? "");
      };
      const young = await ageOf();
      expect(young).toBeGreaterThanOrEqual(0);
      expect(young).toBeLessThan(PATIENCE_MS);
      server.advance(HOUR_MS);
      const old = await ageOf();
      expect(old).toBeGreaterThanOrEqual(HOUR_MS);
      expect(old).toBeLessThan(HOUR_MS + PATIENCE_MS);
      const [before = "", comment] = [forge.now(), await forge.createComment(number, "now")];
      expect(Date.parse(forge.now() ?? "")).toBeGreaterThanOrEqual(Date.parse(comment.created_at));
      expect(Date.parse(comment.created_at)).toBeLessThan(Date.parse(before ?? "") + PATIENCE_MS);
    });

    test("is unknown where no answer says it", async () => {
      const { server, forge } = await begin();
      server.openRequest(REQUEST);
      server.hideTime();
      await forge.listOpen("main");
      expect(forge.now()).toBeNull();
    });

    test("of a merge is told", async () => {
      const { server, forge } = await begin();
      const number = server.openRequest(REQUEST);
      server.merge(number, "hubot", "d".repeat(40));
      const request = await forge.readRequest(number);
      expect(request?.merged?.at).toBe(request?.updated_at);
    });
  });
}
