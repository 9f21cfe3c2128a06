import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { OperationalError } from "../../model/errors/operational-error.ts";

/** The certificates of a PEM file of authorities. Throws an OperationalError `ca_file` where it can't be read or holds no certificate. */
export function readAuthorities(file: string): string {
  const refuse = (problem: string, cause: unknown) =>
    new OperationalError("ca_file", `The CA file ${file} ${problem}; pass a PEM file with certificates.`, {
      next: "stop",
      cause,
    });
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw refuse("cannot be read", error);
  }
  try {
    new X509Certificate(text);
  } catch (error) {
    throw refuse("contains no certificate", error);
  }
  return text;
}
