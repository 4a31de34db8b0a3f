/**
 * A message that repeats what was given without what may be a secret: people put a token where a name belongs, and
 * what a command says ends up in logs. A token is known by its first characters, which are `{"` in base64url; of an
 * API key the public part stays, by which it is found.
 */
export function redacted(text: string): string {
  return text
    .replace(/\beyJ[\w-]*(\.[\w-]*)*/g, '<secret>')
    .replace(/\b(ap_pk_[a-z]+_)([0-9A-Z]{16}_)?[\w-]+/g, '$1$2<secret>')
    .replace(/\bsk_\w+[\w-]*/g, '<secret>');
}
