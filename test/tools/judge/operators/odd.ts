/** Ids that count as none when they are of another form, and texts that are changed on their way into an answer. */
import type { Rules } from '../api/rules.ts';
import { type Mistake, mistakes } from './operator.ts';

/** Only an id of that form is one. */
const onlyIf =
  (form: RegExp, which: 'jti' | 'sid' | 'both' = 'both') =>
  ({ idOf }: Rules): Partial<Rules> => ({
    idOf: (value, claim) => {
      const id = idOf(value, claim);
      return id !== undefined && (which === 'both' || which === claim) && !form.test(id) ? undefined : id;
    },
  });

/** An id of that form is another one each time. */
const neverFound =
  (form: RegExp) =>
  ({ idOf }: Rules): Partial<Rules> => ({
    idOf: (value, claim) => {
      const id = idOf(value, claim);
      return id !== undefined && form.test(id) ? `${id}${Math.random()}` : id;
    },
  });

const written = (change: (email: string) => string) => (): Partial<Rules> => ({
  emailOf: ({ email }) => change(email),
});

export const ODD_MISTAKES: readonly Mistake[] = [
  ...mistakes('an odd id counts as none', {
    'a token id that is no ULID': onlyIf(/^[0-9A-Z]{26}$/, 'jti'),
    'a token id beyond 64 characters': onlyIf(/^.{1,64}$/s, 'jti'),
    'a token id beyond 128 characters': onlyIf(/^.{1,128}$/s, 'jti'),
    'a token id with other characters': onlyIf(/^[\w.:-]+$/, 'jti'),
    'a token id beyond ASCII': onlyIf(/^[\x00-\x7f]+$/, 'jti'),
    'a token id of digits': onlyIf(/\D/, 'jti'),
    'a token id that is a UUID': onlyIf(/^(?![0-9a-f]{8}-)/, 'jti'),
    'a token id that looks like a session': onlyIf(/^(?!session_)/, 'jti'),
  }),
  ...mistakes('an odd id is never found again', {
    'beyond 64 characters': neverFound(/^.{65,}$/s),
    'beyond 200 characters': neverFound(/^.{201,}$/s),
    'beyond ASCII': neverFound(/[^\x00-\x7f]/),
    'with blanks': neverFound(/\s/),
    'with quotes': neverFound(/["']/),
    'with upper and lower case': neverFound(/[a-z].*[A-Z]|[A-Z].*[a-z]/),
    'of digits alone': neverFound(/^\d+$/),
  }),
  ...mistakes('an address is written otherwise in answers', {
    'escaped for HTML': written((email) => email.replace(/&/g, '&amp;').replace(/'/g, '&#39;')),
    'without apostrophes': written((email) => email.replace(/'/g, '')),
    'with apostrophes doubled': written((email) => email.replace(/'/g, "''")),
    'beyond ASCII dropped': written((email) => email.replace(/[^\x00-\x7f]/g, '')),
    'as question marks beyond Latin-1': written((email) => email.replace(/[^\x00-\xff]/gu, '?')),
    'without characters beyond 16 bits': written((email) => email.replace(/[\u{10000}-\u{10ffff}]/gu, '')),
    'cut at 64 characters': written((email) => email.slice(0, 64)),
    'cut at 100 characters': written((email) => email.slice(0, 100)),
    'without dots in the name': written((email) => email.replace(/\.(?=[^@]*@)/g, '')),
    'a plus read as a blank': written((email) => email.replace(/\+/g, ' ')),
    'underscores read as hyphens': written((email) => email.replace(/_/g, '-')),
    'a percent sign decoded': written((email) => {
      try {
        return decodeURIComponent(email);
      } catch {
        return email;
      }
    }),
  }),
  ...mistakes('a header member is not looked at', {
    crit: () => ({ acceptsHeader: () => true }),
  }),
];
