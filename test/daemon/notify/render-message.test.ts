import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeEvent } from "../../../src/daemon/notify/describe-event.ts";
import { escapeSlack } from "../../../src/daemon/notify/escape-slack.ts";
import type { NotifyEvent } from "../../../src/daemon/notify/event.ts";
import { renderMessage } from "../../../src/daemon/notify/render-message.ts";
import { EVENT_TYPES, findUnknownFields, TEMPLATE_FIELDS } from "../../../src/model/daemon/notification-names.ts";
import { ALL_EVENTS, makeEvent, REFUSED } from "./make-event.ts";

const OPTIONS = { id: "delivery-1", public_url: "https://poolkeeper.example.com/" };

function slack(
  event: NotifyEvent,
  template: string | null = null,
): { text: string; blocks: { text?: { text: string } }[] } {
  return JSON.parse(renderMessage(event, { type: "slack", template }, OPTIONS));
}

function webhook(event: NotifyEvent, template: string | null = null): Record<string, unknown> {
  return JSON.parse(renderMessage(event, { type: "webhook", template }, OPTIONS));
}

describe("the words", () => {
  test("there are some for every type of event", () => {
    expect(ALL_EVENTS.map(({ type }) => type)).toEqual(EVENT_TYPES);
    const words = ALL_EVENTS.map((event) => {
      const { severity, title, lines, action } = describeEvent(event);
      return [`${severity}: ${title}`, ...lines, ...(action === null ? [] : [`-> ${action}`])].join("\n");
    });
    expect(words.join("\n\n")).toMatchSnapshot();
  });

  test("what is wrong says what to do", () => {
    const bad = ALL_EVENTS.map(describeEvent).filter(({ severity }) => severity !== "info");
    expect(bad.filter(({ action }) => action === null)).toEqual([]);
  });

  test("a plan to approve has the command that approves it", () => {
    const event = ALL_EVENTS.find(({ type }) => type === "approval_needed");
    expect(event && describeEvent(event).action).toContain(
      "poolkeeper approve 3b1f0c9a7d52e4f6a8b7 --target production",
    );
  });

  test("of many objects the first are named, and how many more there are", () => {
    const objects = Array.from({ length: 25 }, (_, index) => `queue.q${index}`);
    const { lines } = describeEvent(makeEvent({ type: "drift_found", since: OPTIONS.id, objects }));
    expect(lines[0]).toMatch(/^queue\.q0, .*queue\.q9, … and 15 more$/);
  });

  test("of drift names who changed it, where that is told", () => {
    const drift = { type: "drift_found" as const, since: OPTIONS.id, objects: ["queue.a"] };
    expect(describeEvent(makeEvent({ ...drift, changed_by: ["a@example.com", "b@example.com"] })).lines).toContain(
      "Last changed by a@example.com, b@example.com.",
    );
    expect(describeEvent(makeEvent(drift)).lines.join()).not.toContain("Last changed");
  });
});

describe("a message for Slack", () => {
  test("has text, blocks and a link to the target's page", () => {
    const { text, blocks } = slack(makeEvent(REFUSED));
    expect(text).toBe(blocks[0]?.text?.text);
    expect(text).toContain(":rotating_light: *production: revision 4f2a9c1d0b is refused*");
    expect(JSON.stringify(blocks[1])).toContain("<https://poolkeeper.example.com/targets/production|production>");
  });

  test("no name or word of others becomes a link, a mention or a call to everyone", () => {
    const message = "see <https://evil.example.com|here> & <!channel> <@U1> @channel @here";
    const { text } = slack(makeEvent({ type: "refused", message }));
    expect(text).toContain("see &lt;https://evil.example.com|here&gt; &amp; &lt;!channel&gt; &lt;@U1&gt;");
    expect(text).not.toMatch(/@(channel|here)/);
  });

  test("no address in the words of others becomes a link, and none is opened for a preview", () => {
    const message = JSON.parse(
      renderMessage(
        makeEvent({ type: "refused", message: "see https://evil.example.com and #general" }),
        { type: "slack", template: null },
        OPTIONS,
      ),
    );
    expect(message).toMatchObject({ unfurl_links: false, unfurl_media: false });
    const texts = [message.blocks[0].text, ...message.blocks[1].elements];
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text).toMatchObject({ type: "mrkdwn", verbatim: true });
  });

  test("whatever a field holds, nothing of it is markup", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[<>]|&(?!amp;|lt;|gt;)/.test(escapeSlack(text))));
  });

  test("is cut to what a block takes, never within an escape", () => {
    for (const size of [2_900, 2_901, 2_902, 2_903, 9_000]) {
      const { text, blocks } = slack(makeEvent({ type: "refused", message: `${"x".repeat(size)}${"&".repeat(900)}` }));
      const section = blocks[0]?.text?.text ?? "";
      expect(section.length).toBeLessThanOrEqual(3_000);
      expect(text.length).toBeLessThanOrEqual(3_900);
      expect(section.replaceAll("&amp;", "")).not.toContain("&");
    }
  });
});

describe("a message for a webhook", () => {
  test("has the documented shape", () => {
    expect(webhook(makeEvent(REFUSED))).toEqual({
      version: "1",
      id: "delivery-1",
      event: "refused",
      key: "production/refused/1",
      at: "2026-11-21T12:00:00.000Z",
      severity: "error",
      target: "production",
      title: "production: revision 4f2a9c1d0b is refused",
      text: expect.stringContaining("is not signed.\nPush a revision"),
      action: expect.stringContaining("Push a revision"),
      revision: "4f2a9c1d0b8e7f6a",
      run_id: "run-1",
      status: { state: "OutOfSync", reason: "Drift", message: "2 objects differ.", since: "2026-11-21T12:00:00.000Z" },
      details: { message: "Commit 4f2a9c1d is not signed." },
      links: { target: "https://poolkeeper.example.com/targets/production" },
    });
  });

  test("has no link where the pages have no address", () => {
    const body = renderMessage(
      makeEvent(REFUSED),
      { type: "webhook", template: null },
      { ...OPTIONS, public_url: null },
    );
    expect(JSON.parse(body).links).toEqual({ target: null });
  });

  test("shows no credentials of addresses in the words of others", () => {
    const body = webhook(
      makeEvent({ type: "refused", message: "fetch of https://me:hunter22@git.example.com failed" }),
    );
    expect(JSON.stringify(body)).not.toContain("hunter22");
  });
});

describe("what others named", () => {
  const drift = { type: "drift_found", since: OPTIONS.id, objects: ["queue.a"] } as const;
  const named = "ada\n:white_check_mark: *production: approved*\u202e\u200b";

  test.each(["slack", "webhook"] as const)("forges no line, and turns and hides nothing, for %s", (type) => {
    for (const template of [null, "{{title}} {{text}} {{objects}} {{message}}"]) {
      const event = makeEvent({ ...drift, objects: [named], changed_by: [named], set_back: [named] });
      const { text } = JSON.parse(renderMessage(event, { type, template }, OPTIONS));
      const harmless = renderMessage(
        makeEvent({ ...drift, objects: ["x"], changed_by: ["x"], set_back: ["x"] }),
        { type, template },
        OPTIONS,
      );
      expect(text.split("\n")).toHaveLength(JSON.parse(harmless).text.split("\n").length);
      expect(text).not.toMatch(/[\u202e\u200b]/);
      expect(text).toContain("ada\\u000a");
    }
  });

  test("is as it is for programs, and the lines of a message stay lines", () => {
    const event = makeEvent({ ...drift, changed_by: [named] });
    expect(webhook(event).details).toMatchObject({ changed_by: [named] });
    expect(slack(makeEvent({ type: "refused", message: "one\ntwo\u202e" })).text).toContain("one\ntwo\\u202e");
  });
});

describe("a template", () => {
  test("takes the place of the text, and an event's missing fields are empty", () => {
    expect(webhook(makeEvent(REFUSED), "{{target}} {{ event }} [{{queue}}] {{link}}").text).toBe(
      "production refused [] https://poolkeeper.example.com/targets/production",
    );
  });

  test("is no code: unknown fields stay, inherited names are none, and a field's own braces are not looked at", () => {
    const event = makeEvent({ type: "refused", message: "{{target}} $& $1" });
    expect(webhook(event, "{{nothing}} {{constructor}} {{target.x}} {{1+1}} {{message}}").text).toBe(
      "{{nothing}} {{constructor}} {{target.x}} {{1+1}} {{target}} $& $1",
    );
    expect(findUnknownFields("{{target}} {{nothing}} {{constructor}}")).toEqual(["nothing", "constructor"]);
  });

  test("for Slack may use its markup, and its fields can't", () => {
    expect(slack(makeEvent({ type: "refused", message: "<b> & c" }), "*{{target}}* <!here> {{message}}").text).toBe(
      "*production* <!here> &lt;b&gt; &amp; c",
    );
  });

  test("knows every field that it names", () => {
    const template = TEMPLATE_FIELDS.map((field) => `{{${field}}}`).join("|");
    for (const event of ALL_EVENTS) expect(webhook(event, template).text).not.toContain("{{");
  });
});
