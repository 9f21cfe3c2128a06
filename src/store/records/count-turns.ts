/** Whether something may have become too much since it was trimmed last: the first time, as it is unknown, and after so many more times. */
export function countTurns(between: number): (subject: string) => boolean {
  const counts = new Map<string, number>();
  return (subject) => {
    const count = counts.get(subject) ?? 0;
    counts.set(subject, count + 1);
    return count % between === 0;
  };
}
