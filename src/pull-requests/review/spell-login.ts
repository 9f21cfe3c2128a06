/** Whether two logins are those of one account: forges make no difference between capitals and small letters. */
export function isSameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The login as the configuration spells it, where it names it: what is compared letter by letter elsewhere is the same then. */
export function spellLogin(login: string, listed: readonly string[]): string {
  return listed.find((name) => isSameLogin(name, login)) ?? login;
}
