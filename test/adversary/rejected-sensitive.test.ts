/** The attacker has a value that was rejected, and makes it sensitive, or no longer so, so that its hash is another one. */
import { expect, test } from "vitest";
import { FILES } from "../daemon/manifests.ts";
import { GUARDED, openGuarded, openShown, reject, untilRejected } from "./reject-request.ts";

const SENSITIVE = "sensitive: [annotations.note]\n";
const note = (text: string, more = "") => ({
  "settings/org.yaml": `${more}settings: { annotations: { note: ${text} } }\n`,
});

test.each([
  ["sensitive", "good", "bad", "", SENSITIVE],
  ["clear", "good", "bad", SENSITIVE, ""],
  ["sensitive", '"a\\nb"', '"a\\nb\\nbad"', "", SENSITIVE],
  ["clear", '"a\\nb"', '"a\\nb\\nbad\\n"', SENSITIVE, ""],
])(
  "a rejection stands against the same value in another request that makes it %s: %s, then %s",
  async (_as, good, bad, was, is) => {
    const forged = await openGuarded({
      settings: { ...GUARDED, policy: { ...GUARDED.policy, auto_apply: "create" } },
      files: { ...FILES, ...note(good, was) },
    });
    const first = await openShown(forged, "one", note(bad, was));
    await reject(forged, first);
    await untilRejected(forged, first);
    forged.forge.changeRequest(first, { state: "closed" });
    await forged.tell(first, "closed");
    const second = await forged.propose("two", note(bad, is), { author: "mallory" });
    await untilRejected(forged, second);
    const merged = await forged.merge(second, "boss");
    await forged.daemon.untilState("AwaitingApproval", merged);
    expect((await forged.daemon.target()).approvals).toEqual([]);
  },
);
