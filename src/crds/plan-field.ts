/** Fields that a plan sets and a tenant may override, with the same rules in both. */
import { z } from 'zod'
import { celString, withRules } from './rule.ts'

/** A key such as mechanicLimit. */
const LIMIT_KEY = '^[a-zA-Z][a-zA-Z0-9_.-]{0,62}$'

export const databaseInstances = withRules(z.int(), {
  cel: 'self in [1, 3]',
  message: 'must be 1 or 3: of two instances none may fail, since each write has to be on two of them',
  holds: instances => instances === 1 || instances === 3,
})

/** Name to whole number. */
export const limits = withRules(
  z.record(z.string().max(63), z.int().min(0).max(1_000_000_000)).meta({ maxProperties: 64 }),
  {
    cel: `self.all(key, key.matches(${celString(LIMIT_KEY)}))`,
    message: 'must have keys of letters, digits, "_", "." and "-" that begin with a letter, such as mechanicLimit',
    holds: given => Object.keys(given).every(key => new RegExp(LIMIT_KEY).test(key)),
  },
)
