// The licence notices of the packages that are bundled, which their licences ask to be passed on.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Licences that let a package be bundled as long as its notice goes along. */
const PERMISSIVE = new Set(["MIT", "ISC", "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0"]);
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/**
 * Writes the notices of all packages that esbuild's metafile names among its inputs into `file`. Throws for a package whose
 * licence is not one of the permissive ones: it has to stay outside of the bundle.
 */
export function writeNotices(root, metafile, file) {
  const folders = new Set(Object.keys(metafile.inputs).flatMap((input) => PACKAGE.exec(input)?.[0] ?? []));
  const notices = [...folders].sort().map((folder) => readNotice(join(root, folder)));
  writeFileSync(file, `The bundle holds the packages below, under their own licences.\n\n${notices.join("\n\n")}`);
}

function readNotice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const named = (license ?? "none").split(/[() ]+|\b(?:AND|OR)\b/).filter((word) => word !== "");
  if (!named.every((word) => PERMISSIVE.has(word))) {
    throw new Error(`${name} is under ${license}: see whether it may be bundled, or leave it out (scripts/build.mjs)`);
  }
  const texts = readdirSync(folder).filter(
    (entry) => /^(licen[cs]e|notice)/i.test(entry) && existsSync(join(folder, entry)),
  );
  const body = texts.map((entry) => readFileSync(join(folder, entry), "utf8").trim()).join("\n\n");
  return `---- ${name} ${version}, ${license} ----\n\n${body}\n`;
}
