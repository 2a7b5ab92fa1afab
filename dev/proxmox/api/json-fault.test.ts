import { expect, test } from 'vitest'
import { jsonFault } from './json-fault.ts'

test.each([
  ['{"a":[1,-2.5e3,true,null,"x\\"y"],"b":{}}', undefined],
  ['{bad', `'"' expected, at character offset 1 (before "bad")`],
  [
    '',
    'malformed JSON string, neither tag, array, object, number, string or atom, at character offset 0 (before "(end of string)")',
  ],
  ['{"a" 1}', `':' expected, at character offset 5 (before "1}")`],
  ['[1 2]', ', or ] expected while parsing array, at character offset 3 (before "2]")'],
  ['{} x', 'garbage after JSON object, at character offset 3 (before "x")'],
  ['"abc', 'unexpected end of string while parsing JSON string, at character offset 4 (before "(end of string)")'],
])('%s', (text, fault) => {
  expect(jsonFault(text)).toBe(fault)
})
