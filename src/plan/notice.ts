/** What others have told about an object, as Events do. Pure. */

export interface Notice {
  readonly kind: string
  readonly name: string
  readonly reason: string
  readonly message: string
}

/** Of notices in the order of their time, the newest about this object that has one of the reasons. */
export function lastNotice(
  notices: readonly Notice[],
  { kind, name }: { kind: string; name: string },
  reasons: ReadonlySet<string>,
): Notice | undefined {
  return notices.findLast(notice => notice.kind === kind && notice.name === name && reasons.has(notice.reason))
}
