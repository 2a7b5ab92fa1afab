import { expect, test } from 'vitest'
import { parseMirror } from './debootstrap.ts'

const targets = `bookworm main DEP-11 http://mirror.example/debian/
bookworm-updates main Packages http://mirror.example/updates/
bookworm contrib Packages http://mirror.example/debian/
bookworm main Packages http://mirror.example/debian/`

test('the mirror is where the main packages of the very suite come from', () => {
  expect(parseMirror(targets, 'bookworm')).toBe('http://mirror.example/debian/')
})

test('a machine of another suite names no mirror', () => {
  expect(parseMirror(targets, 'trixie')).toBeUndefined()
})
