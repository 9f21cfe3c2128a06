/** The attacker approved a request, and has lost the right to write to the repository since: what their approval does not do any more, no status promises. */

import { expect, test } from "vitest";
import { FORGE_NAMES } from "../daemon/open-forged-world.ts";
import { approve, expectHeld, openGuarded, openShown } from "./reject-request.ts";

test.each(FORGE_NAMES)(
  "on %s, the status of an open request says that its approval lost its giver's right",
  async (kind) => {
    const forged = await openGuarded({ kind, requests: { approval: "explicit" } });
    const number = await openShown(forged);
    await approve(forged, number);
    await forged.untilStatus(number, "apply", /^success: approved by boss, applied after the merge/);
    const asked = () => forged.forge.calls().filter(({ path }) => /permission|members|assignees/.test(path)).length;
    const before = asked();
    for (const _pass of [1, 2, 3]) await forged.daemon.reconciled();
    expect(asked() - before).toBeLessThan(3);
    forged.forge.allow("boss", "none");
    // What was answered is remembered for a minute, by this process.
    await forged.restart();
    await forged.daemon.reconciled();
    await forged.untilStatus(
      number,
      "apply",
      /^pending: needs `poolkeeper approve [0-9a-f]{32}`: boss approved it and has no write/,
    );
    await expectHeld(forged, await forged.merge(number, "mallory"), 1);
  },
);
