/** Parameters that many routes share. */

import { nodeName, vmid as vmidForm } from '../schema/formats.ts'
import { formatted, integer } from '../schema/property.ts'

export const node = formatted(nodeName)
export const vmid = integer(100, 999_999_999, { format: vmidForm })
