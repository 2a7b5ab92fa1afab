import { expect, test } from 'vitest'
import { parseImageList } from './image-load.ts'

test('the table of images gives digests by reference', () => {
  const table = `REF                    TYPE                                       DIGEST     SIZE     PLATFORMS   LABELS
tenantry.local/pause:1 application/vnd.oci.image.manifest.v1+json sha256:aa  79.8 MiB linux/amd64 io.cri-containerd.image=managed
tenantry.local/app:1   application/vnd.oci.image.manifest.v1+json sha256:bb  1.0 MiB  linux/amd64 -`
  expect(parseImageList(table)).toEqual(
    new Map([
      ['tenantry.local/pause:1', 'sha256:aa'],
      ['tenantry.local/app:1', 'sha256:bb'],
    ]),
  )
})

test('no images make an empty table', () => {
  expect(parseImageList('REF TYPE DIGEST SIZE PLATFORMS LABELS')).toEqual(new Map())
})
