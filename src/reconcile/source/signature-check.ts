/** What came of checking one signature. */
export type SignatureCheck =
  /** Who signed: the key's name and fingerprint. */
  | { readonly ok: true; readonly signer: string }
  /** `why` completes "The commit ...", `remedy` says what to do; `lasts`: by the same keys it is refused at any time. */
  | { readonly ok: false; readonly why: string; readonly remedy: string; readonly lasts: boolean };

/** The signature is over something else than this commit, or is no signature of this key. */
export function refuseContent(signer: string): SignatureCheck {
  return {
    ok: false,
    lasts: true,
    why: `has a signature of ${signer} that does not match its content: it was changed after it was signed, or the signature belongs to another commit`,
    remedy: "Don't trust it. Find out who pushed it, and have its author sign the commit again.",
  };
}

/** The key is none of those that are trusted. */
export function refuseKey(key: string): SignatureCheck {
  return {
    ok: false,
    lasts: true,
    why: `is signed by the key ${key}, which is not trusted`,
    remedy: "If you know and trust its owner, add the public key to the files of `verify.keys`.",
  };
}

/** What stands in the place of a signature is none, or of a kind that is not taken. */
export function refuseForm(what: string): SignatureCheck {
  return {
    ok: false,
    lasts: true,
    why: `has a signature that is not accepted: ${what}`,
    remedy:
      "Sign it again with git 2.34 or newer, by OpenPGP or an SSH key (ed25519, ecdsa, or rsa of 2048 bits or more).",
  };
}
