/** A switch over the steps of a plan has to fail to compile when a step is added. */
import type { SourceFile } from './repository.ts'
import { blocksAfter, withoutComments } from './source-text.ts'

const stepCase = /\bcase\s+'(?:kube|helm|proxmox)\.\w+'/
const stepComparison = /\.do\s*[!=]==?\s*'(?:kube|helm|proxmox)\.\w+'/

/** One sentence for each switch over steps that does not end in `satisfies never`. */
export function switchViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    blocksAfter(text, /\bswitch\s*\(/)
      .filter(
        ({ block }) => stepCase.test(withoutComments(block)) && !/\bsatisfies never\b/.test(withoutComments(block)),
      )
      .map(({ line }) => `${path}:${line}: this switch over steps lacks "satisfies never"`),
  )
}

/** Files that tell steps apart, by whatever means. */
export function judgesSteps({ text }: SourceFile): boolean {
  const code = withoutComments(text)
  return stepCase.test(code) || stepComparison.test(code)
}
