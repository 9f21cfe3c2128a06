import { describe, expect, test } from "vitest";
import { MOVE } from "./manifests.ts";
import { type ForgedSettings, openForgedWorld } from "./open-forged-world.ts";

/** A request whose plan waits for a command. */
async function openWaiting(settings: ForgedSettings = {}) {
  const forged = await openForgedWorld({ requests: { approval: "explicit" }, ...settings });
  const number = await forged.propose("move-c1", MOVE, { title: "<img src=x> **`@all`**" });
  await forged.untilStatus(number, "apply", /^pending: needs/);
  return { ...forged, number, approve: `poolkeeper approve ${forged.digest(number)}` };
}

/** Comments of the daemon beside the one on the plan. */
function answersOf({ forge, number }: Awaited<ReturnType<typeof openWaiting>>): readonly string[] {
  return forge
    .comments(number)
    .filter(({ author, body }) => author === forge.self && body.startsWith("<!-- poolkeeper-answer:"))
    .map(({ body }) => body);
}

describe("a command", () => {
  test("that is quoted, shown as code or only spoken of is none, and a megabyte of words keeps nobody busy", async () => {
    const waiting = await openWaiting();
    const { forge, number, approve, say, untilReacted, status } = waiting;
    const others = [`> ${approve}`, `\`\`\`\n${approve}\n\`\`\``, `    ${approve}`, `Say \`${approve}\``];
    const ids = [];
    for (const body of others) ids.push(await say(number, "mona", body));
    // No command, and told so.
    await untilReacted(number, await say(number, "mona", `poolkeeper approve${" ".repeat(1_000_000)}x`), /^\+1$/);
    await untilReacted(number, await say(number, "mona", "poolkeeper help"), /^\+1$/);
    expect(ids.flatMap((id) => forge.reactions(number, id))).toEqual([]);
    expect(status(number, "apply")).toMatch(/^pending: needs/);
  });

  test("of who may only read is refused, and one of an approver in other letters is carried out after the merge too", async () => {
    const waiting = await openWaiting({ settings: { policy: { approval: { approvers: ["Mona"] } } } });
    const { forge, number, approve, say, merge, untilReacted, daemon, untilStatus } = waiting;
    forge.allow("reader", "read");
    forge.allow("writer", "write");
    await untilReacted(number, await say(number, "reader", approve), /^-1$/);
    await untilReacted(number, await say(number, "writer", approve), /^-1$/);
    await untilReacted(number, await say(number, "mona", approve), /^\+1$/);
    await daemon.untilApplied(await merge(number, "mona"));
    await untilStatus(number, "apply", /^success: applied in/);
  });

  test("that was edited approves nothing, for others may have done so; what it asks else is carried out once", async () => {
    const waiting = await openWaiting();
    const { forge, number, approve, say, untilReacted, untilStatus } = waiting;
    const edited = await say(number, "mona", "Looks good.");
    forge.editComment(number, edited, approve);
    await say(number, "mona", "Somebody edited it.");
    await untilReacted(number, edited, /^-1$/);
    expect(waiting.status(number, "apply")).toMatch(/^pending: needs/);
    await untilReacted(number, await say(number, "mona", approve), /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by mona/);
    await untilReacted(number, await say(number, "mona", "poolkeeper reject"), /^\+1$/);
    await untilStatus(number, "apply", /^failure: rejected by mona, needs/);
    forge.editComment(number, edited, `${approve}\nOnce more.`);
    for (let turn = 0; turn < 3; turn++) {
      await untilReacted(number, await say(number, "stranger", "poolkeeper plan"), /^-1$/);
      await untilReacted(number, await say(number, "stranger", "poolkeeper help"), /^\+1$/);
    }
    expect(waiting.status(number, "apply")).toMatch(/^failure: rejected by mona, needs/);
    expect(answersOf(waiting)).toHaveLength(3);
  });

  test("among two hundred comments is found", async () => {
    const { forge, number, approve, say, untilStatus, untilReacted, sticky } = await openWaiting();
    for (let at = 0; at < 200; at++) forge.comment(number, "stranger", `Comment ${at}: poolkeeper approve`);
    await untilReacted(number, await say(number, "mona", approve), /^\+1$/);
    await untilStatus(number, "apply", /^success: approved by mona/);
    expect(sticky(number)).toHaveLength(1);
  });
});
