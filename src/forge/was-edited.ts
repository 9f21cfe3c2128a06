/** Whether a comment was changed later than it was written; a forge that does not tell when it was changed never says so. */
export function wasEdited(createdAt: string, updatedAt: string | null | undefined): boolean {
  // Forges tell whole seconds, or two moments a little apart.
  return updatedAt != null && Date.parse(updatedAt) - Date.parse(createdAt) >= 1_000;
}
