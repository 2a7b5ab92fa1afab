/** `cpu`: the model of processor that a guest sees. */

import { type Fields, type Format, flag, formatted, integer, optional, text } from '../schema/property.ts'
import { FormatError } from '../schema/property-string.ts'

/** Families of Intel and AMD with their steppings, and what QEMU has besides. */
const families = [
  ...['486', 'pentium', 'pentium2', 'pentium3', 'coreduo', 'core2duo', 'athlon', 'phenom', 'Conroe', 'Penryn'],
  ...['Nehalem', 'Nehalem-IBRS', 'Westmere', 'Westmere-IBRS', 'SandyBridge', 'SandyBridge-IBRS', 'IvyBridge'],
  ...['IvyBridge-IBRS', 'Haswell', 'Haswell-IBRS', 'Haswell-noTSX', 'Haswell-noTSX-IBRS', 'Broadwell'],
  ...['Broadwell-IBRS', 'Broadwell-noTSX', 'Broadwell-noTSX-IBRS', 'Skylake-Client', 'Skylake-Client-IBRS'],
  ...['Skylake-Client-noTSX-IBRS', 'Skylake-Client-v4', 'Skylake-Server', 'Skylake-Server-IBRS'],
  ...['Skylake-Server-noTSX-IBRS', 'Skylake-Server-v4', 'Skylake-Server-v5', 'Cascadelake-Server'],
  ...['Cascadelake-Server-v2', 'Cascadelake-Server-noTSX', 'Cascadelake-Server-v4', 'Cascadelake-Server-v5'],
  ...['Cooperlake', 'Cooperlake-v2', 'KnightsMill', 'Icelake-Client', 'Icelake-Client-noTSX', 'Icelake-Server'],
  ...['Icelake-Server-noTSX', 'Icelake-Server-v3', 'Icelake-Server-v4', 'Icelake-Server-v5', 'Icelake-Server-v6'],
  ...['SapphireRapids', 'SapphireRapids-v2', 'SapphireRapids-v3', 'GraniteRapids', 'SierraForest', 'kvm32', 'kvm64'],
  ...['qemu32', 'qemu64', 'host', 'max', 'Opteron_G1', 'Opteron_G2', 'Opteron_G3', 'Opteron_G4', 'Opteron_G5'],
  ...['EPYC', 'EPYC-IBPB', 'EPYC-v3', 'EPYC-v4', 'EPYC-Milan', 'EPYC-Milan-v2', 'EPYC-Rome', 'EPYC-Rome-v2'],
  ...['EPYC-Rome-v3', 'EPYC-Rome-v4', 'EPYC-Genoa', 'EPYC-Turin', 'x86-64-v2', 'x86-64-v2-AES', 'x86-64-v3'],
  ...['x86-64-v4', 'cortex-a57', 'cortex-a72', 'cortex-a76', 'neoverse-n1', 'neoverse-n2', 'neoverse-v1'],
]

const model: Format = value => {
  if (value.startsWith('custom-')) return
  if (!families.includes(value)) {
    throw new FormatError(`Built-in cputype '${value}' is not defined (missing 'custom-' prefix?)`)
  }
}
const physicalBits: Format = value => {
  const bits = Number(value)
  if (value !== 'host' && !(bits >= 8 && bits <= 64)) {
    throw new FormatError("value must be an integer between 8 and 64 or 'host'")
  }
}

export const cpuFields: Fields = optional({
  cputype: text({ defaultKey: true }),
  flags: text({ pattern: /[+-][a-zA-Z0-9\-_.]+(;[+-][a-zA-Z0-9\-_.]+)*/ }),
  'guest-phys-bits': integer(32, 64),
  hidden: flag(),
  'hv-vendor-id': text({ pattern: /[a-zA-Z0-9]{1,12}/ }),
  level: integer(0, 4_294_967_295),
  'phys-bits': formatted(physicalBits),
  'reported-model': text(),
})

/** Judged after the fields, so without the name of one. */
export function checkCpu({ cputype }: Readonly<Record<string, string>>): void {
  if (cputype !== undefined) model(cputype)
}
