/**
 * The form of a bearer token: what can be said of it without asking X, and without showing any of it.
 *
 * X documents no form. App-only tokens have begun with many A's for years, are about 110 characters long, and are
 * percent-encoded when they are copied.
 */

/** Shorter is another credential of the console: key, secret and the tokens of users have 25 to 50 characters. */
const SHORTEST_CHARS = 60

/** What about the form is odd, as a clause with its remedy behind a colon; undefined when nothing is. */
export function oddTokenForm(token: string): string | undefined {
  if (/^\d+-\w+$/.test(token)) return "it has the form of a user's access token: take the app's bearer token"
  if (/^["'].*["']$/.test(token)) return 'it stands in quotes: leave them out'
  if (/[=+/]/.test(token)) return 'it is percent-decoded: copy it with its %2B, %2F and %3D'
  if (token.length < SHORTEST_CHARS) {
    return `it has ${token.length} characters, and bearer tokens have more than ${SHORTEST_CHARS}: take the bearer token, not the key or the secret`
  }
  return /^AAAA/.test(token) ? undefined : 'it does not begin as bearer tokens of X do: copy it once more'
}
