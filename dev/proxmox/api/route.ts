/** A method of the API as data: what it takes, who may call it, and what it does. */

import type { Parameters } from '../schema/property.ts'
import type { Values } from '../schema/validation.ts'
import type { Simulation } from '../simulation.ts'

export interface Call {
  sim: Simulation
  /** `ann@pve`, `ann@pve!app`, or empty where nobody had to log in. */
  authid: string
  /** The node that does the work. */
  node: string
  method: string
  path: string
  params: Values
  /** Set by a handler: how many rows there would be without a limit. */
  total?: number
}

/** Throws a 403 where the caller may not. */
export type Check = (call: Call) => void

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `/pools/{poolid}`; `{volume*}` takes the rest of the path with its slashes. */
  path: string
  params?: Parameters
  may: Check
  /** Tokens are refused. */
  onlyTickets?: true
  /** Any node may answer, though the path names one. */
  anyNode?: true
  run: (call: Call) => unknown
}

/** A parameter that the table makes sure is there, or an empty text. */
export const param = (call: Call, name: string): string => String(call.params[name] ?? '')

/** A parameter as text, undefined where it was not given. */
export function given(call: Call, name: string): string | undefined {
  const value = call.params[name]
  return value === undefined || value === null
    ? undefined
    : value === true
      ? '1'
      : value === false
        ? '0'
        : String(value)
}

/** Given, and neither 0 nor empty. */
export function isOn(call: Call, name: string): boolean {
  const value = given(call, name)
  return value !== undefined && value !== '' && value !== '0'
}

export const number = (call: Call, name: string): number => Number(call.params[name])

/** The parameters among `names` that were given, as texts. */
export function chosen(call: Call, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = given(call, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
