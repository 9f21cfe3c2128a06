import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { showState } from "../../src/embedded/admin/show-state.ts";
import type { JournalEntry } from "../../src/embedded/model/create-model.ts";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import type { Generation } from "../../src/model/objects/live.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { readPrinted } from "../set-up/read-printed.ts";
import { connectionArguments } from "../set-up/real-client.ts";
import { type StartedClient, startRealClient } from "../set-up/start-real-client.ts";

/** Where the files stand that commands name. */
const FIXTURES = join(import.meta.dirname, "fixtures");
export const ORG = "acme";

/** How a command ended, and all it printed as words: standard output, then standard error. */
export interface Printed {
  readonly code: number;
  readonly text: string;
}

/** What a command is given beside its words. */
export interface CommandOptions {
  /** Typed at its prompts. */
  readonly input?: string;
  /** What is done to the file it opens in an editor, as commands of sed; none: it is closed unsaved; left out: it fails. */
  readonly edit?: readonly string[];
}

/** A command, or what is posted to a path of the admin interface: work in flight, apps, settings, operators' reports. */
export type Step = string | readonly [path: string, body: object];

/** Everything that is stored, sorted by name. */
export type Stored = ReturnType<typeof showState>;

/** A fresh control plane and the client that judges it. */
export interface World {
  readonly served: ServedControlPlane;
  /** Runs `flyte COMMAND`; its words are parted by blanks. */
  flyte(command: string, options?: CommandOptions): Promise<Printed>;
  /** Sets the stage by steps that must succeed. */
  given(...steps: readonly Step[]): Promise<void>;
  /** Runs `flyte -of json-raw COMMAND`, which must succeed, and reads the JSON it printed. */
  list(command: string): Promise<unknown>;
  /** Runs a Python program that finds `flyte.init` done, must succeed, and prints JSON. */
  python(script: string): Promise<unknown>;
  stored(): Stored;
  journal(): readonly JournalEntry[];
}

/** Starts the real client of a generation for the tests of a file; the function opens a world of its own for a test. */
export function useRealClient(generation: Generation): () => Promise<World> {
  let client: StartedClient;
  beforeAll(() => {
    client = startRealClient(generation, FIXTURES);
  });
  afterAll(() => client.close());
  return async () => {
    const served = await serveControlPlane({ generation, org: ORG, adminPort: 0 });
    onTestFinished(() => served.close());
    return createWorld(served, client);
  };
}

function createWorld(served: ServedControlPlane, client: StartedClient): World {
  const place = connectionArguments(served.url, ORG);
  const flyte: World["flyte"] = async (command, { input = "", edit } = {}) => {
    const args = [...place, ...command.split(" ")];
    const env = { EDITOR: chooseEditor(edit) };
    const { code, stdout, stderr } = await client.run({ args, input, env });
    return { code, text: readPrinted(`${stdout}\n${stderr}`) };
  };
  return {
    served,
    flyte,
    given: async (...steps) => {
      for (const step of steps) {
        await (typeof step === "string" ? mustSucceed(step, flyte(step)) : post(served, ...step));
      }
    },
    list: async (command) => JSON.parse((await mustSucceed(command, flyte(`-of json-raw ${command}`))).text),
    python: async (script) => {
      const connect = `flyte.init(endpoint="${served.url}", insecure=True, org="${ORG}")`;
      const answer = await client.run({ script: `import json\nimport flyte\n${connect}\n${script}` });
      expect(answer).toMatchObject({ code: 0 });
      return JSON.parse(answer.stdout);
    },
    stored: () => {
      served.model.settle();
      return showState(served.model.state);
    },
    journal: () => served.model.journal,
  };
}

function chooseEditor(commands: readonly string[] | undefined): string {
  if (commands === undefined || commands.length === 0) return commands === undefined ? "false" : "true";
  const folder = makeTemporaryFolder();
  const script = join(folder, "edit.sed");
  writeFileSync(script, commands.join("\n"));
  // Editing settings, the client takes EDITOR for the path of a program: no arguments.
  const editor = join(folder, "edit");
  writeFileSync(editor, `#!/bin/sh\nexec sed -i.before -f ${script} "$1"\n`, { mode: 0o755 });
  return editor;
}

async function mustSucceed(command: string, printed: Promise<Printed>): Promise<Printed> {
  const { code, text } = await printed;
  expect({ command, code, text }).toMatchObject({ code: 0 });
  return { code, text };
}

async function post(served: ServedControlPlane, path: string, body: object): Promise<void> {
  const answer = await fetch(`${served.adminUrl}${path}`, { method: "POST", body: JSON.stringify(body) });
  expect({ path, status: answer.status, body: await answer.json() }).toMatchObject({ status: 200 });
}
