import { type Fields, flag, integer, optional } from '../schema/property.ts'

/** Which backups are kept. */
export const pruneFields: Fields = optional({
  'keep-all': flag(),
  ...Object.fromEntries(
    ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'].map(name => [`keep-${name}`, integer(0)]),
  ),
})
