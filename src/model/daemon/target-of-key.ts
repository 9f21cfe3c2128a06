/** The target that a message is about, by its event's key: no name of a target has a slash. */
export function targetOfKey(key: string): string {
  return key.split("/", 1)[0] ?? "";
}
