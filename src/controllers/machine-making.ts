/** A machine that has its place, and whose guest nobody has seen yet: it is made, and looked for. */
import { type NoSpot, turnProblem } from '../plan/machine-demands.ts'
import { isHeldUp } from '../plan/machine-intent.ts'
import { progressOf } from '../plan/machine-making.ts'
import { offlineProblem } from '../plan/machine-prerequisite.ts'
import { formerProblem, MOVING, madeAndHiddenProblem } from '../plan/machine-removal.ts'
import { blocked, doing, unseen, waiting } from '../plan/machine-verdict.ts'
import { beginMaking, makingText } from './machine-beginning.ts'
import { conclude } from './machine-conclusion.ts'
import { tellHalfMade, withHalfMade } from './machine-half-made.ts'
import { keepGuest } from './machine-keeping.ts'
import { placeMachineOf } from './machine-placing.ts'
import { type MachinePorts, refOf, type SeenCase } from './machine-ports.ts'
import { taskOf, templateOf } from './machine-removal.ts'
import type { Outcome } from './outcome.ts'

export async function makeMachine(ports: MachinePorts, one: SeenCase): Promise<Outcome> {
  const { around, cluster, facts, look, object } = one
  const row = look.view.guests.find(({ vmid }) => vmid === facts.vmid)
  // It may have been moved before anybody has seen it; whose it is, its mark tells.
  const ref = { ...refOf(ports, one), ...(row === undefined ? {} : { node: row.node }) }
  const source = templateOf(facts, look)
  const query = { ...ref, made: false, ...taskOf(facts), ...source }
  const { observed } = await ports.looks.look(cluster, query, { row: undefined, settled: false })
  const found = progressOf(observed, ref, { adopt: around.adopt, row })
  switch (found.progress) {
    case 'there':
      return keepGuest(ports, { ...one, facts: { ...facts, made: true } }, observed)
    case 'former': {
      const { digest } = found.guest
      if (!found.mayAdopt) return conclude(ports, object, facts, blocked(formerProblem(ref, found.guest)))
      const step = { do: 'proxmox.markGuest', ...ref, digest } as const
      return conclude(ports, object, facts, { ...doing('Adopting', 'It is taken over.', step), end: 'again' })
    }
    case 'underWay':
      return conclude(ports, object, facts, waiting('Making', makingText(ref)))
    case 'moving':
      return conclude(ports, object, facts, MOVING)
    case 'hidden':
      return conclude(ports, object, facts, unseen(madeAndHiddenProblem(ref)))
    case 'lost': {
      ports.logger.info({ decision: 'vmid-lost', vmid: ref.vmid, halfMade: found.halfMade }, 'this id is out of reach')
      const known = found.halfMade ? withHalfMade(facts, query) : facts
      if (known.halfMade?.length !== facts.halfMade?.length) tellHalfMade(ports, object, known)
      return placeMachineOf(ports, { ...one, facts: known })
    }
    case 'absent': {
      const { failure } = found
      if (failure !== undefined) {
        const { vmid: _, node: __, storage: ___, template: ____, ...placeless } = facts
        const message = `Proxmox VE could not make it: ${failure}.`
        return conclude(ports, object, placeless, blocked({ reason: 'NotMade', message }))
      }
      if (offlineProblem(look.view, facts.node ?? '') !== undefined) return placeMachineOf(ports, one)
      const turn = turnOf(one)
      if (turn !== undefined) return conclude(ports, object, facts, waiting(turn.reason, turn.message))
      await ports.writer.confirm(object)
      return beginMaking(ports, one)
    }
    default:
      return found satisfies never
  }
}

/** Many may have been held up by the same thing, and could begin at once when it has gone. */
function turnOf({ around, cluster, look, machine, object }: SeenCase): NoSpot | undefined {
  const { status } = machine
  if (status === undefined || !isHeldUp(status)) return undefined
  const { uid } = around.tenant
  const others = around.intents(cluster).filter(one => one.tenantUid !== uid || one.name !== object.metadata.name)
  return turnProblem(status, look.spec.placement, { view: look.view, others })
}
