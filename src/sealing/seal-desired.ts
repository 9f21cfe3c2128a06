import type { Declared, Desired } from "../model/desired.ts";
import type { Vault } from "./create-vault.ts";
import { sealSettings } from "./seal-settings.ts";
import { sealText } from "./seal-text.ts";

/** What manifests declare, its references resolved, with what is sensitive sealed: from here on nothing that plans, keeps or shows it holds a secret. */
export function sealDesired(desired: Declared, vault: Vault): Desired {
  return {
    ...desired,
    settings: desired.settings.map((settings) => {
      return { ...settings, values: sealSettings(settings, settings.values, vault) };
    }),
    flyte_clusters: desired.flyte_clusters.map((clusters) => {
      const { address } = clusters;
      return {
        ...clusters,
        // What it holds besides clusters and labels is in the files, and nothing but them is planned.
        value: { ...clusters.value, rest: {} },
        files: clusters.files.map(({ path, text }) => ({ path, text: sealText({ address, path, text }, vault) })),
      };
    }),
  };
}
