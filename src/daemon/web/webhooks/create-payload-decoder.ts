const FIELD = "payload=";

/**
 * Decodes the field `payload` of a form as it comes: each call takes the next bytes and gives those of the value. What is not a
 * form that begins with the field gives nothing.
 */
export function createPayloadDecoder(): (chunk: Buffer) => Buffer {
  let state: "before" | "in" | "after" = "before";
  // What may continue in the next chunk: a part of the field's name, or of an escape.
  let pending = "";
  return (chunk) => {
    let text = pending + chunk.toString("latin1");
    pending = "";
    if (state === "before") {
      if (text.length < FIELD.length && FIELD.startsWith(text)) pending = text;
      else state = text.startsWith(FIELD) ? "in" : "after";
      text = text.slice(FIELD.length);
    }
    if (state !== "in") return Buffer.alloc(0);
    const end = text.indexOf("&");
    if (end !== -1) state = "after";
    else pending = /%[0-9A-Fa-f]?$/.exec(text)?.[0] ?? "";
    const value = text.slice(0, end === -1 ? text.length - pending.length : end);
    return Buffer.from(unescapeField(value), "latin1");
  };
}

function unescapeField(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9A-Fa-f]{2})/g, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
