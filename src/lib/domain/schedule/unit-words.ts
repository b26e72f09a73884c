/**
 * How words are spelled in a systemd unit, where three rules lie on top of each other.
 *
 * `%x` is a specifier everywhere. Most settings are split into words, with quotes and backslashes. And in
 * ExecStart= every word but the first also loses its `$NAME`s, inside quotes too.
 */

/** The value of ExecStart=. The path is taken as it is, later words also lose their `$NAME`s. */
export function commandLine(words: readonly string[]): string {
  const [path = '', ...rest] = words
  return [unitWord(path), ...rest.map(word => unitWord(word).replaceAll('$', '$$$$'))].join(' ')
}

/** One word for settings that are split into words: quoted where need be, `%` doubled. */
export function unitWord(text: string): string {
  const escaped = escapeSpecifiers(text)
  // `:` parts the two sides of BindPaths=
  if (/^[\p{L}\p{M}\p{N}_/.,=+@%$-]+$/u.test(escaped)) return escaped
  return `"${escaped.replaceAll(/["\\]/g, '\\$&')}"`
}

export function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%')
}
