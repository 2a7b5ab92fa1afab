/** The kinds of single values that fields hold, each with the sentence that tells a user what it must be. */
import { z } from 'zod'
import { quantityValue } from './quantity.ts'
import { type Rule, text, withRules } from './rule.ts'

/** At most 40 characters, so that `tenant-<name>` fits wherever Kubernetes and Helm want it. */
export const tenantName = text(
  /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/,
  'must consist of lower case letters, digits and "-", and begin and end with a letter or digit',
  40,
)

/** Name of another object (RFC 1123 subdomain). */
export const objectName = text(
  /^[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/,
  'must be the name of an object: lower case letters, digits, "-" and ".", a letter or digit at both ends',
  253,
)

/** One line for people. \s would be other characters for JavaScript than for RE2. */
export const line = text(
  /^[^\p{Z}\p{Cc}](?:[^\p{Cc}\p{Zl}\p{Zp}]*[^\p{Z}\p{Cc}])?$/u,
  'must be one line of text that neither begins nor ends with a space',
  120,
)

export const email = text(
  /^[a-zA-Z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)+$/,
  'must be an e-mail address, such as ada@example.com',
  254,
)

/** The last label begins with a letter, so that no IP address passes. */
export const hostName = text(
  /^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/,
  'must be a host name in lower case with at least one dot, such as app.example.com: no scheme, port, path, wildcard or IP address',
  253,
)

export const urlPath = text(
  /^[/][-a-zA-Z0-9._~%/]*$/,
  'must be a path that begins with "/", without query and fragment',
  256,
)

/** Name of a Helm chart, as `helm create` takes it. */
export const chartName = text(
  /^[a-zA-Z0-9](?:[-._a-zA-Z0-9]*[a-zA-Z0-9])?$/,
  'must be the name of a chart: letters, digits, "-", "_" and ".", a letter or digit at both ends',
  250,
)

/** An object of which nothing more is known. */
export const freeForm = z.record(z.string(), z.unknown()).meta({ 'x-kubernetes-preserve-unknown-fields': true })

const IMAGE =
  /^[a-zA-Z0-9](?:[-.a-zA-Z0-9]*[a-zA-Z0-9])?(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[-._]+[a-z0-9]+)*)*(?::[a-zA-Z0-9_][-.a-zA-Z0-9_]{0,127})?(?:@sha256:[a-f0-9]{64})?$/
const TAG_OR_DIGEST = '(:[^/:@]+|@sha256:[a-f0-9]{64})$'
const VERSION_TAG = '^[^@]+:[0-9][^/:@]*(@sha256:[a-f0-9]{64})?$'

const unpinned: Rule<string> = {
  cel: `self.matches("${TAG_OR_DIGEST}")`,
  message: 'must state a tag or a digest, such as registry.example.com/app:1.2.0, so that all pods run the same',
  holds: image => new RegExp(TAG_OR_DIGEST).test(image),
}
const latest: Rule<string> = {
  cel: '!self.endsWith(":latest")',
  message: 'must not have the tag latest, which means another image from one day to the next',
  holds: image => !image.endsWith(':latest'),
}
const versioned: Rule<string> = {
  cel: `self.matches("${VERSION_TAG}")`,
  message: 'must have a tag that begins with the version of PostgreSQL, such as postgresql:17.5',
  holds: image => new RegExp(VERSION_TAG).test(image),
}

const image = text(IMAGE, 'must be an image reference, such as registry.example.com/app:1.2.0', 512)

export const imageReference = withRules(image, unpinned, latest)

/** CloudNativePG learns the version of PostgreSQL from the tag. */
export const postgresImage = withRules(image, unpinned, latest, versioned)

const quantity = z.union([z.string().max(32), z.int().min(0)]).transform(String)

function quantityOf(pattern: string, least: string, message: string) {
  return withRules(quantity, {
    cel: `string(self).matches("${pattern}") && quantity(string(self)).compareTo(quantity("${least}")) >= 0`,
    message,
    holds: value => new RegExp(pattern).test(value) && quantityValue(value) >= quantityValue(least),
  })
}

/** Cores. */
export const cpuQuantity = quantityOf(
  '^([0-9]{1,9}m|[0-9]{1,9}([.][0-9]{1,3})?)$',
  '1m',
  'must be CPU cores above zero, such as 500m or "2"',
)

/** Bytes. A suffix that was forgotten, and the "m" of CPU, mean less than one byte or a few: both are refused. */
export const byteQuantity = quantityOf(
  '^[0-9]{1,15}([.][0-9]{1,3})?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$',
  '1Mi',
  'must be bytes, 1Mi or more, such as 512Mi or 10Gi',
)
