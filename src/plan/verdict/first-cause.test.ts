import { expect, test } from 'vitest'
import { isFalse, isTrue, isUnknown, type Verdict } from '../condition-set.ts'
import { firstCause } from './first-cause.ts'

const fine = isTrue('NamespaceReady', 'NamespaceReady', '')
const release = (reason: string) => isFalse('ReleaseReady', reason, '')
const database = (reason: string) => isFalse('DatabaseReady', reason, '')
const application = (reason: string) => isFalse('Available', reason, '')

test.each<[string, Verdict[], string | undefined]>([
  ['nothing is lacking', [fine], undefined],
  ['what comes first is on its way', [fine, release('Installing'), database('DatabaseAbsent')], 'Installing'],
  [
    'a step that failed is told before what was not there when it began',
    [isFalse('NamespaceReady', 'NamespaceProgressing', ''), release('Forbidden')],
    'Forbidden',
  ],
  [
    'an application that crashes while its database comes up is no cause',
    [fine, database('DatabaseProgressing'), application('CrashLoopBackOff')],
    'DatabaseProgressing',
  ],
  [
    'an image that cannot be pulled is one, whatever the database does',
    [fine, database('DatabaseProgressing'), application('ImagePullBackOff')],
    'ImagePullBackOff',
  ],
  [
    'the database is before the application',
    [fine, database('StorageClassNotFound'), application('ImagePullBackOff')],
    'StorageClassNotFound',
  ],
  [
    'an application that crashes beside a healthy database',
    [fine, application('CrashLoopBackOff')],
    'CrashLoopBackOff',
  ],
  [
    'a kind that is missing is told by whose it is',
    [release('KindNotServed'), isUnknown('DatabaseReady', 'CloudNativePGMissing', '')],
    'CloudNativePGMissing',
  ],
  [
    'another fault of the release stays before a database that is gone',
    [release('OwnedByAnother'), isUnknown('DatabaseReady', 'CloudNativePGMissing', '')],
    'OwnedByAnother',
  ],
])('%s', (_, parts, reason) => {
  expect(firstCause(parts)?.reason).toBe(reason)
})
