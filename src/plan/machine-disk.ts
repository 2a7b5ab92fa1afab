/** Disks of a guest that have to grow. Pure. */
import type { MachineSpec } from '../crds/machine.ts'
import { quantityValue } from '../crds/quantity.ts'
import type { Guest } from './machine-observation.ts'
import { parseProperties } from './property-text.ts'

export interface DiskGrowth {
  readonly disk: string
  readonly sizeGiB: number
}

const GIB = 2 ** 30

/** Those that are smaller than they should be. A disk that was made larger by hand stays so. */
export function disksToGrow({ disks }: Pick<MachineSpec, 'disks'>, { config }: Pick<Guest, 'config'>): DiskGrowth[] {
  return disks.flatMap(({ name, size }) => {
    const found = diskBytesOf(config[name])
    const wanted = quantityValue(size)
    return found === undefined || found >= wanted ? [] : [{ disk: name, sizeGiB: wanted / GIB }]
  })
}

/** Those that the guest does not have. */
export function missingDisks({ disks }: Pick<MachineSpec, 'disks'>, { config }: Pick<Guest, 'config'>): string[] {
  return disks.flatMap(({ name }) => (config[name] === undefined ? [name] : []))
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: GIB, T: 2 ** 40 }

/** `local:100/vm-100-disk-0.qcow2,size=32G`; undefined where it does not say. */
function diskBytesOf(value: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)$/.exec(parseProperties(value).get('size') ?? '') ?? []
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 1)
}
