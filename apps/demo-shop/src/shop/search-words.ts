/** Of what somebody typed. */
const MOST_LETTERS = 80;
const MOST_WORDS = 6;

/** What was typed into the search field, as far as it is looked at: one line, without what no keyboard has. */
export const searchText = (typed: unknown): string =>
  typeof typed === 'string'
    ? typed
        .replaceAll(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
        .slice(0, MOST_LETTERS)
        .trim()
    : '';

/** The words that a product has to have, all of them. */
export const searchWords = (text: string): string[] => text.split(' ').filter(Boolean).slice(0, MOST_WORDS);
