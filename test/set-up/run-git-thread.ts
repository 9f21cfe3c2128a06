// The thread of run-git.ts.
import { type MessagePort, workerData } from "node:worker_threads";
import { launchGit } from "../../src/systems/git/launch-git.ts";
import type { GitStart } from "../../src/systems/git/start-git.ts";

const { port, answered } = workerData as { readonly port: MessagePort; readonly answered: Int32Array };

async function run(start: GitStart) {
  const chunks: Buffer[] = [];
  let said = "";
  const git = launchGit(start, {
    onOutput: (chunk) => void chunks.push(chunk),
    onSaid: (text) => {
      said += text;
    },
  });
  const { code } = await git.ended;
  return { code, output: Buffer.concat(chunks), said };
}

port.on("message", async (start: GitStart) => {
  port.postMessage(await run({ ...start, isDetached: false }).catch((error: unknown) => ({ error })));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
