/** What is wrong with an ISO date (`2026-12-31`); undefined for a day of the calendar. */
export function dateProblem(text: string): string | undefined {
  const date = new Date(`${text}T00:00:00Z`);
  const right = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime());
  if (right && date.toISOString().startsWith(text)) return undefined;
  return `"${text}" is no day of the calendar; write it as 2026-12-31`;
}
