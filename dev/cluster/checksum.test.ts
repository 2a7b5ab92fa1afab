import { expect, test } from 'vitest'
import { parseChecksum } from './checksum.ts'

const sum = 'a'.repeat(64)
const other = 'b'.repeat(64)

test('a text that is one sum is the sum of whatever was asked for', () => {
  expect(parseChecksum(`${sum}\n`, 'kubectl')).toBe(sum)
})

test('a list is searched by file name, with or without a folder and the binary mark', () => {
  const list = `${other}  other.tar.gz\n${sum} *./dist/etcd.tar.gz\n`
  expect(parseChecksum(list, 'etcd.tar.gz')).toBe(sum)
})

test('a list without the file, or a page that is no list, has no sum', () => {
  expect(parseChecksum(`${other}  other.tar.gz`, 'etcd.tar.gz')).toBeUndefined()
  expect(parseChecksum('<html>Not found</html>', 'etcd.tar.gz')).toBeUndefined()
})

test('capital digits are the same sum', () => {
  expect(parseChecksum(sum.toUpperCase(), 'x')).toBe(sum)
})
