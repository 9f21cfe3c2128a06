/** The first names of a list and how many more there are: so many that who overrides a finding reads what it concerns. */
export function listSome(names: readonly string[], most = 50): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
