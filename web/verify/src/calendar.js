/** Months in UTC: credentials and keys end at 12:00 on the first of one. Times are seconds since 1970. */

export const DAY = 86_400;
const NOON = DAY / 2;

/** @param {number} instant */
export function isNoonOfFirst(instant) {
  const date = new Date(instant * 1000);
  return instant % DAY === NOON && date.getUTCDate() === 1;
}

/**
 * The same time some months before.
 * @param {number} instant 12:00 on the first of a month
 * @param {number} months
 */
export function monthsBefore(instant, months) {
  const date = new Date(instant * 1000);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - months, 1, 12) / 1000;
}
