import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const minuteMs = 60_000
/** Of a condition that is waited for. A second, as by default, is nothing where others have the processors. */
const patient = { poll: { timeout: 20_000 } }

/** Takes the cluster away under the other tests, and shows that nothing of it is left. */
const last = 'test/e2e/make-down.test.ts'

/**
 * A minute or more each, so that they do not begin when everything else has ended: a fresh clone knows no durations. Those
 * that work are mixed with those that mostly wait.
 */
const first = [
  'test/integration/crash-hooks.test.ts',
  'test/integration/outage.test.ts',
  'test/integration/crash-chart.test.ts',
  'test/integration/proxmox-many.test.ts',
  'test/integration/cost.test.ts',
  'test/integration/crash-machines.test.ts',
  'test/integration/replicas.test.ts',
  'test/integration/crash-process.test.ts',
  'test/integration/fault-machines.test.ts',
  'test/integration/tenant-mass-deletion.test.ts',
  'dev/cluster/node/node.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      if (moduleId.endsWith(last)) return first.length + 1
      const index = first.findIndex(name => moduleId.endsWith(name))
      return index < 0 ? first.length : index
    }
    return sorted.sort((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  test: {
    // The servers of a control plane are most of the work, and they run outside of the workers. With fewer of these, two
    // processors are idle for a fourth of the time, while tests wait for leases, pauses and faults to end.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,dev,bench,examples,test/crash}/**/*.test.ts'],
          // To load the same modules for each of hundreds of files is two thirds of the work; none of them keeps a state.
          isolate: false,
          expect: patient,
          // Properties take seconds where other work has the processors.
          testTimeout: 30_000,
        },
      },
      { test: { name: 'arch', include: ['test/arch/**/*.test.ts'], isolate: false, testTimeout: 30_000 } },
      {
        test: {
          name: 'chart',
          include: ['{charts,test/chart}/**/*.test.ts'],
          testTimeout: minuteMs,
          hookTimeout: minuteMs,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          // Real servers on a machine that also compiles may be late once; the summary names each test that needed this.
          retry: 1,
          expect: patient,
          // Beside a first run's compilers, an API server may take half a minute to start.
          testTimeout: 3 * minuteMs,
          // A first run builds or downloads the servers.
          hookTimeout: 30 * minuteMs,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/global-setup.ts',
          // All of them share one cluster, and one small machine.
          fileParallelism: false,
          testTimeout: 10 * minuteMs,
          hookTimeout: 10 * minuteMs,
        },
      },
    ],
  },
})
