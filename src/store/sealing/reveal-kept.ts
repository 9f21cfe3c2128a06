import { SEALED_IN_TEXT } from "../../model/secrets/sealed.ts";
import type { RevealFiles, Sealing } from "../../model/secrets/sealing.ts";
import { createVault, drawVaultKey, SHORTEST_REDACTED } from "../../sealing/create-vault.ts";
import { namesOf } from "../../sealing/describe-sealing.ts";
import { createIsSensitive } from "../../sealing/sensitive-rules.ts";
import { SEALABLE } from "./create-sealings.ts";
import { type Applied, listTexts, sealApplied } from "./seal-applied.ts";

/** An object as it is kept somewhere, with settings or files. */
export interface KeptObject {
  readonly address: string;
  readonly applied: Applied | null;
}

/** The values of kept objects that these rules seal and that stand there in clear, for {@link maskTexts}. */
export async function revealKept(
  objects: AsyncIterable<KeptObject> | Iterable<KeptObject>,
  sealing: Sealing,
  reveal: RevealFiles,
): Promise<ReadonlySet<string>> {
  const vault = createVault({ key: drawVaultKey(), isSensitive: createIsSensitive(namesOf(sealing)) });
  const values = new Set<string>();
  for await (const { address, applied } of objects) {
    if (applied === null || !SEALABLE.some((kind) => address.startsWith(kind))) continue;
    const files = listTexts(address, applied);
    if (files.length > 0) for (const value of await reveal(files, sealing)) values.add(value);
    sealApplied(address, applied, { vault, texts: [] });
  }
  for (const { meaning } of vault.list()) values.add(meaning);
  return new Set([...values].filter((value) => value.length >= SHORTEST_REDACTED && !isMarker(value)));
}

/** What was sealed before stands there as a marker. */
function isMarker(value: string): boolean {
  return value.replace(SEALED_IN_TEXT, "") === "";
}
