/** Subjects, token ids and session ids with invalid values. */
import { prepended, set, without } from './edits.ts';
import { ACCEPTED, refused } from './expected-verdict.ts';
import { type Changes, type Fault, type FaultContext, fault, type Members } from './fault.ts';

const missingSubject = refused('missing_sub');
const badSubject = refused('bad_sub');
const noId = refused('no_session_or_token_id');
const badTokenId = refused('bad_token_id');
const badSessionId = refused('bad_session_id');

const LONE_SURROGATE = '\ud800';

export const SUBJECT_FAULTS: readonly Fault[] = [
  fault('sub-proto', [126], 'sub only inside __proto__', missingSubject, {
    claims: without('sub'),
    payloadBytes: prepended('"__proto__":{"sub":"user_other"}'),
  }),
  fault('sub-missing', [142], 'no sub', missingSubject, { claims: without('sub') }),
  fault('sub-empty', [142], 'sub ""', missingSubject, sub('')),
  fault('sub-number', [143], 'sub as a number', badSubject, sub(1)),
  fault('sub-null', [143], 'sub null', badSubject, sub(null)),
  fault('sub-object', [143], 'sub as an object', badSubject, sub({ id: 'user_other' })),
  fault('sub-array', [143], 'sub as an array', badSubject, sub(['user_other'])),
  fault('sub-dot', [144], 'sub .', badSubject, sub('.')),
  fault('sub-dot-dot', [144], 'sub ..', badSubject, sub('..')),
  fault('sub-path-traversal', [144], 'sub ../x', badSubject, sub('../x')),
  fault('sub-lone-surrogate', [145], 'sub with half a surrogate pair', badSubject, sub(`user_${LONE_SURROGATE}`)),
  fault('sub-nul', [146], 'sub with a NUL', badSubject, sub('user_\0')),
  fault('sub-crlf', [146], 'sub with a line break', badSubject, sub('user_\r\naccepted')),
  fault('sub-256', [146], 'a sub of 256 characters', badSubject, sub('user_'.padEnd(256, '0'))),

  fault('ids-missing', [147], 'neither jti nor sid', noId, { claims: without('jti', 'sid') }),
  fault('ids-empty', [148], 'jti and sid ""', noId, ids('')),
  fault('ids-spaces', [148], 'jti and sid of spaces', noId, ids('   ')),
  fault('ids-no-break-space', [148], 'jti and sid of a no-break space', noId, ids('\u00a0')),
  fault('ids-tab', [148], 'jti and sid of a tab', noId, ids('\t')),
  fault('jti-blank', [149], 'a blank jti beside a sid: the session is the key', ACCEPTED, jtiBesideSid(' ')),
  fault('jti-null', [150], 'jti null beside a sid: the session is the key', ACCEPTED, jtiBesideSid(null)),
  fault('jti-number', [150], 'jti as a number', badTokenId, jtiBesideSid(1)),
  fault('jti-boolean', [150], 'jti true', badTokenId, jtiBesideSid(true)),
  fault('jti-array', [150], 'jti as an array', badTokenId, jtiBesideSid(['x'])),
  fault('jti-object', [150], 'jti as an object', badTokenId, jtiBesideSid({ id: 'x' })),
  fault('sid-number', [150], 'sid as a number', badSessionId, { claims: set({ sid: 1 }) }),
  fault('sid-boolean', [150], 'sid true', badSessionId, { claims: set({ sid: true }) }),
  fault('sid-array', [150], 'sid as an array', badSessionId, { claims: set({ sid: ['x'] }) }),
  fault('sid-object', [150], 'sid as an object', badSessionId, { claims: set({ sid: { id: 'x' } }) }),
  fault('jti-zero-width-space', [151], 'jti of a zero width space', badTokenId, jtiBesideSid('\u200b')),
  fault('jti-nul', [151], 'jti with a NUL', badTokenId, jtiBesideSid('a\0b')),
  fault('jti-control', [151], 'jti with a control character', badTokenId, jtiBesideSid('a\u0007b')),
  fault('jti-lone-surrogate', [151], 'jti with half a surrogate pair', badTokenId, jtiBesideSid(`a${LONE_SURROGATE}`)),
  fault('jti-256', [152], 'a jti of 256 characters', badTokenId, jtiBesideSid('j'.repeat(256))),
  fault('jti-64k', [152], 'a jti of 65,536 characters', refused('token_too_large'), jtiBesideSid('j'.repeat(65_536))),
  fault('jti-nfc', [153], 'é in jti as one character', ACCEPTED, jtiEnding('\u00e9')),
  fault('jti-nfd', [153], 'é in jti as two characters: another key', ACCEPTED, jtiEnding('e\u0301')),

  fault('email-empty', [156], 'an email claim "": it is not read', ACCEPTED, { claims: set({ email: '' }) }),
];

function sub(value: unknown): Changes {
  return { claims: set({ sub: value }) };
}

function ids(value: string): Changes {
  return { claims: set({ jti: value, sid: value }) };
}

/** Adds a sid if the token has none, so that only the jti is judged. */
function jtiBesideSid(jti: unknown): Changes {
  return {
    claims: (claims: Members, { sessionId }: FaultContext) => ({ ...claims, jti, sid: claims.sid ?? sessionId }),
  };
}

/** Two tokens with the same `--jti` differ only in the Unicode form of the last letter. */
function jtiEnding(letter: string): Changes {
  return {
    claims: (claims, { sessionId }) => ({
      ...claims,
      jti: (typeof claims.jti === 'string' ? claims.jti : sessionId) + letter,
    }),
  };
}
