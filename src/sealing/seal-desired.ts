import type {
  Declared,
  DeclaredSettings,
  Desired,
  DesiredFlyteClusters,
  DesiredSettings,
  TextFile,
} from "../model/desired.ts";
import { inTurns } from "../model/in-turns.ts";
import type { Vault } from "./create-vault.ts";
import { sealSettings } from "./seal-settings.ts";
import { sealText } from "./seal-text.ts";

/** What manifests declare, its references resolved, with what is sensitive sealed: from here on nothing that plans, keeps or shows it holds a secret. */
export function sealDesired(desired: Declared, vault: Vault): Desired {
  const clusters = desired.flyte_clusters.map((one) => {
    return withFiles(
      one,
      one.files.map((file) => sealFile(one, file, vault)),
    );
  });
  return { ...desired, settings: desired.settings.map((one) => sealValues(one, vault)), flyte_clusters: clusters };
}

/** The same for a daemon, which does other things between two objects. */
export async function sealDesiredInTurns(desired: Declared, vault: Vault): Promise<Desired> {
  const settings = await inTurns(desired.settings, measureValues, (one) => sealValues(one, vault));
  const clusters: DesiredFlyteClusters[] = [];
  for (const one of desired.flyte_clusters) {
    const files = await inTurns(
      one.files,
      ({ text }) => text.length,
      (file) => sealFile(one, file, vault),
    );
    clusters.push(withFiles(one, files));
  }
  return { ...desired, settings, flyte_clusters: clusters };
}

function sealValues(settings: DeclaredSettings, vault: Vault): DesiredSettings {
  return { ...settings, values: sealSettings(settings, settings.values, vault) };
}

/** About as many characters as a setting has. */
const SETTING_LENGTH = 50;

function measureValues({ values }: DeclaredSettings): number {
  const counts = Object.values(values).map((value) => (typeof value === "object" ? Object.keys(value).length : 1));
  return SETTING_LENGTH * counts.reduce((sum, count) => sum + count, 0);
}

function sealFile({ address }: DesiredFlyteClusters, { path, text }: TextFile, vault: Vault): TextFile {
  return { path, text: sealText({ address, path, text }, vault) };
}

/** What it holds besides clusters and labels is in the files, and nothing but them is planned. */
function withFiles(clusters: DesiredFlyteClusters, files: readonly TextFile[]): DesiredFlyteClusters {
  return { ...clusters, value: { ...clusters.value, rest: {} }, files };
}
