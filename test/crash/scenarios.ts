/** The lives that are tried: a chart without hooks whose data is kept, one with hooks whose data goes, and one with machines. */
import { join } from 'node:path'
import type { Phase, Scenario } from './scenario.ts'

const install: Phase = {
  name: 'install',
  wish: {},
  edit: { companyName: 'Other GmbH', overrides: { app: { webReplicas: 2 } } },
}
/** A second replica brings a PodDisruptionBudget, which the edit takes back: only a revision between ever had it. */
const upgrade: Phase = {
  name: 'upgrade',
  wish: { app: { apiImage: 'registry.example/api:2.0.0', apiReplicas: 2 } },
  edit: { app: { apiImage: 'registry.example/api:3.0.0' } },
  planGoes: true,
}
const scale: Phase = {
  name: 'scale',
  wish: { overrides: { app: { apiReplicas: 3 } } },
  edit: { overrides: { app: { apiReplicas: 1, webReplicas: 4 } } },
}

export const PLAIN: Scenario = {
  name: 'plain',
  phases: [install, upgrade, scale, { name: 'delete', edit: { companyName: 'Late GmbH' } }],
}

const going = (phase: Phase): Phase => ({
  ...phase,
  ...(phase.wish === undefined ? {} : { wish: { ...phase.wish, deletionPolicy: 'Delete' } }),
  edit: { ...phase.edit, deletionPolicy: 'Delete' },
})

/** Here the edit comes while the hooks of the revision before it are under way. */
export const HOOKED: Scenario = {
  name: 'hooked',
  phases: [install, { ...upgrade, planGoes: false }, { name: 'delete', edit: { companyName: 'Late GmbH' } }].map(going),
}

const web = { name: 'web', template: { vmid: 9000 }, clone: 'Linked', memory: '64Mi' }
const db = { name: 'db', template: { vmid: 9000 }, memory: '64Mi' }
const cache = { name: 'cache', container: { template: 'local:vztmpl/mini_1.0_amd64.tar.gz' }, memory: '64Mi' }

const provision: Phase = {
  name: 'provision',
  wish: { machines: [web, db, cache] },
  edit: { machines: [web, { ...db, powerState: 'Stopped' }, cache] },
}
const change: Phase = {
  name: 'change',
  keepsRelease: true,
  wish: { machines: [web, { ...db, powerState: 'Stopped' }] },
  edit: { machines: [{ ...web, powerState: 'Stopped' }, db] },
}
const leave: Phase = { name: 'delete', edit: { companyName: 'Late GmbH' } }

/** Two virtual machines and a container; in between, one of each is changed or goes. */
export const MACHINES: Scenario = { name: 'machines', phases: [provision, change, leave] }

/** For the real process: every wish is in the tenant itself, whose status says when it is fulfilled. */
export const KILLED: Scenario = {
  name: 'killed',
  phases: [install, scale, { name: 'delete', edit: {} }],
}

export const KILLED_MACHINES: Scenario = { name: 'killed-vms', phases: MACHINES.phases }

export const HOOKS = join(import.meta.dirname, 'addition')
