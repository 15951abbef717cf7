import { searchText, searchWords } from '../../src/shop/search-words.ts';

describe('what was typed into the search field', () => {
  it.each([
    ['  heron   teapot ', 'heron teapot'],
    ['a\tb\nc\0d', 'a b c d'],
    ['x'.repeat(200), 'x'.repeat(80)],
    ['\ud800tea', 'tea'],
    ['thé “vert”', 'thé “vert”'],
    [undefined, ''],
    [['tea', 'pot'], ''],
    [{ q: 'tea' }, ''],
  ])('%p is looked at as %p', (typed, text) => {
    expect(searchText(typed)).toBe(text);
  });

  it('is looked for by its first six words', () => {
    expect(searchWords('')).toEqual([]);
    expect(searchWords('one two three four five six seven')).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
  });
});
