import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { ForgeKind } from "../../src/model/daemon/forge-kind.ts";

/** A configuration file that the documentation shows. */
export interface ShownConfiguration {
  /** The document it stands in. */
  readonly document: string;
  readonly forge: ForgeKind;
  /** As it is shown. */
  readonly text: string;
}

/** What is read of such a file here. */
export interface ShownFile {
  readonly targets: readonly {
    readonly name: string;
    readonly repository: {
      readonly url: string;
      readonly username: string;
      readonly token: { readonly env: string };
      readonly webhook: { readonly secret: { readonly env: string } };
      readonly pull_requests: {
        readonly forge: ForgeKind;
        readonly app?: { readonly id: number; readonly installation: number; readonly key: { readonly env: string } };
      };
    };
    readonly control_plane: {
      readonly endpoint: string;
      readonly org: string;
      readonly api_key: { readonly env: string };
    };
  }[];
}

const ROOT = join(import.meta.dirname, "..", "..");

const DOCUMENT = "docs/pull-requests.md";

/** The first configuration with pull requests for each forge of the table below it, and every other one as it stands. */
export function readConfigurations(): readonly ShownConfiguration[] {
  const shown = readFileSync(join(ROOT, DOCUMENT), "utf8");
  const blocks = [...shown.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
  const [first = "", ...others] = blocks.filter((text) => /^targets:/m.test(text) && text.includes("pull_requests:"));
  const forges = [...shown.matchAll(/^\| `(\w+)`[^|]* \| `(https:[^`]+)` \| `([\w-]+)` \|/gm)];
  const texts = forges.map(([, forge = "", url = "", username = ""]) =>
    first
      .replaceAll("forge: github", `forge: ${forge}`)
      .replace("https://github.com/", url)
      .replace("username: x-access-token", `username: ${username}`),
  );
  return [...texts, ...others].map((text) => ({ document: DOCUMENT, text, forge: readForge(text) }));
}

/** That it has its form is what the daemon says of it. */
export function parseConfiguration(text: string): ShownFile {
  return load(text) as ShownFile;
}

function readForge(text: string): ForgeKind {
  const [target] = parseConfiguration(text).targets;
  if (target === undefined) throw new Error(`no target in ${text}`);
  return target.repository.pull_requests.forge;
}
