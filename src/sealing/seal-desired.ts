import type {
  Declared,
  DeclaredSettings,
  Desired,
  DesiredFlyteClusters,
  DesiredSettings,
  TextFile,
} from "../model/objects/desired.ts";
import type { Vault } from "./create-vault.ts";
import type { Border } from "./open-border.ts";
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

/** The same, with the files sealed where the border has them sealed. */
export async function sealDesiredAt({ vault, sealFiles }: Border, desired: Declared): Promise<Desired> {
  const owned = desired.flyte_clusters.flatMap(({ address, files }) => files.map((file) => ({ ...file, address })));
  const texts = (await sealFiles(owned)).values();
  const clusters = desired.flyte_clusters.map((one) => {
    return withFiles(
      one,
      one.files.map(({ path }) => ({ path, text: texts.next().value ?? "" })),
    );
  });
  return { ...desired, settings: desired.settings.map((one) => sealValues(one, vault)), flyte_clusters: clusters };
}

function sealValues(settings: DeclaredSettings, vault: Vault): DesiredSettings {
  return { ...settings, values: sealSettings(settings, settings.values, vault) };
}

function sealFile({ address }: DesiredFlyteClusters, { path, text }: TextFile, vault: Vault): TextFile {
  return { path, text: sealText({ address, path, text }, vault) };
}

/** What it holds besides clusters and labels is in the files, and nothing but them is planned. */
function withFiles(clusters: DesiredFlyteClusters, files: readonly TextFile[]): DesiredFlyteClusters {
  return { ...clusters, value: { ...clusters.value, rest: {} }, files };
}
