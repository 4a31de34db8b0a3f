/** Ids that are changed before they are compared, and records that are found by too little or too much. */
import type { Rules } from '../api/rules.ts';
import { lapses, type Mistake, mistakes } from './operator.ts';

const through =
  (change: (id: string) => string, which?: 'jti' | 'sid') =>
  ({ idOf }: Rules): Partial<Rules> => ({
    idOf: (value, claim) => {
      const id = idOf(value, claim);
      return id === undefined || (which !== undefined && which !== claim) ? id : change(id);
    },
  });

export const ID_MISTAKES: readonly Mistake[] = [
  ...mistakes('an id is changed before it is compared', {
    'in lower case': through((id) => id.toLowerCase()),
    'the token id in upper case': through((id) => id.toUpperCase(), 'jti'),
    'the session id in lower case': through((id) => id.toLowerCase(), 'sid'),
    'blanks around it are dropped': through((id) => id.trim()),
    'all white space is dropped': through((id) => id.replace(/\s+/g, '')),
    'white space is folded': through((id) => id.replace(/\s+/g, ' ')),
    'in NFC': through((id) => id.normalize('NFC')),
    'in NFKC': through((id) => id.normalize('NFKC')),
    'without accents': through((id) => id.normalize('NFD').replace(/\p{Mn}/gu, '')),
    'its first 32 characters': through((id) => id.slice(0, 32)),
    'its first 64 characters': through((id) => id.slice(0, 64)),
    'the first 64 characters of the session': through((id) => id.slice(0, 64), 'sid'),
    'its first 200 characters': through((id) => id.slice(0, 200)),
    'its first 128 characters': through((id) => id.slice(0, 128)),
    'its last 26 characters': through((id) => id.slice(-26)),
    'its digits alone': through((id) => id.replace(/\D/g, '') || id),
    'as a number where it is one': through((id) => (/^\d+$/.test(id) ? String(Number(id)) : id)),
    'without leading zeros': through((id) => id.replace(/^0+(?=.)/, '')),
    'letters and digits alone': through((id) => id.replace(/[^A-Za-z0-9]/g, '')),
    'decoded as a URL': through((id) => {
      try {
        return decodeURIComponent(id.replaceAll('+', ' '));
      } catch {
        return id;
      }
    }),
    'what is before the first colon': through((id) => id.split(':')[0] || id),
    'in Latin-1': through((id) => id.replace(/[^\x00-\xff]/g, '?')),
    'without the prefix session_': through((id) => id.replace(/^session_/, ''), 'sid'),
    'a weak hash of it': through((id) =>
      String([...id].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0)),
    ),
    'up to a NUL or line end': through((id) => id.split(/[\0\r\n]/)[0] || id),
    'as in a pattern of SQL': through((id) => id.replaceAll('_', '%')),
  }),
  ...mistakes('the key is chosen wrongly', {
    'the session comes before the id': () => ({
      idempotencyKeyOf: (token, session) => session ?? token,
    }),
    'the session is not a key': () => ({
      idempotencyKeyOf: (token, session) => token ?? (session && `${session}${Math.random()}`),
    }),
    'id and session share one space': () => ({ idempotencyKeyOf: (token, session) => token ?? session }),
    'id and session together': () => ({
      idempotencyKeyOf: (token, session) => (token ?? session) && `${token} ${session}`,
    }),
    'a token without ids is taken': () => ({
      idempotencyKeyOf: (token, session) => `${token ?? session ?? Math.random()}`,
    }),
    'an empty id is an id': ({ idOf }) => ({ idOf: (value, claim) => (value === '' ? '' : idOf(value, claim)) }),
  }),
  ...mistakes('a record is shared', {
    'by two users with one token id': ({ recordOf }) => ({
      recordOf: (key, subject, claims) => (key.startsWith('jti:') ? key : recordOf(key, subject, claims)),
    }),
    'by two users with one session': ({ recordOf }) => ({
      recordOf: (key, subject, claims) => (key.startsWith('sid:') ? key : recordOf(key, subject, claims)),
    }),
    'by users whose ids begin alike': () => ({ recordOf: (key, subject) => `${subject.slice(0, 12)} ${key}` }),
  }),
  ...lapses('an id that is only recommended to be absent', {
    'white space is an id': () => ({
      idOf: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
    }),
  }),
];
