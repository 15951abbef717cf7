/** Hours, minutes and seconds, UTC as in the logs. */
export const timeOf = (when: string | number | Date): string => new Date(when).toISOString().slice(11, 19);
