import { describe, expect, test } from 'vitest';
import { examine, type Part, tokenOf } from './examine.ts';

describe('a header', () => {
  test.each<[what: string, header: Part, reason: string | undefined, received?: string]>([
    ['that is good', {}, undefined],
    ['that is no JSON', '{', 'header_invalid'],
    ['that is a list', '[]', 'header_invalid', 'an array'],
    ['that is null', 'null', 'header_invalid', 'null'],
    ['that is a number', '7', 'header_invalid', 'a number'],
    ['that begins with a byte order mark', '\ufeff{"alg":"RS256","kid":"key_1"}', 'header_invalid'],
    [
      'that is not UTF-8',
      Buffer.from('{"alg":"RS256","kid":"key_1","x":"\xe9"}', 'latin1'),
      'header_invalid',
      'something else',
    ],
    ['without alg', { alg: undefined }, 'header_invalid', 'nothing'],
    ['with an empty alg', { alg: '' }, 'header_invalid', 'a string'],
    ['with an alg of null', { alg: null }, 'header_invalid', 'null'],
    ['with another alg', { alg: 'RS384' }, 'alg_not_allowed', 'RS384'],
    ['with zip', { zip: 'DEF' }, 'header_invalid', 'zip'],
    ['with enc', { enc: 'A256GCM' }, 'header_invalid', 'enc'],
    ['with a crit that is no list', { crit: 'alg' }, 'header_invalid', 'a string'],
    ['with an empty crit', { crit: [] }, 'header_invalid', 'an array'],
    ['with a crit of numbers alone', { crit: [1], 1: 1 }, 'header_invalid', 'an array'],
    ['with a crit of names and numbers', { crit: ['x', 1], x: 1, 1: 1 }, 'header_invalid', 'an array'],
    ['with a crit that names what is not there', { crit: ['alg', 'x'] }, 'header_invalid', 'x'],
    ['with a crit that names a member twice', { crit: ['x', 'x'], x: 1 }, 'header_invalid', 'a repeated name'],
    ['with an extension', { crit: ['x', 'y'], x: 1, y: 1 }, 'crit_not_supported', 'x, y'],
    ['with b64 alone', { b64: true }, 'header_invalid', 'b64'],
    ['with b64 of undefined value', { b64: null }, 'header_invalid', 'b64'],
    ...['jwk', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256'].map(
      (name) => [`with ${name}`, { [name]: null }, 'untrusted_key_header', name] as [string, Part, string, string],
    ),
    ['with typ JWT', { typ: 'JWT' }, undefined],
    ['with typ at+jwt', { typ: 'at+jwt' }, undefined],
    ['with typ application/at+jwt', { typ: 'Application/AT+JWT' }, undefined],
    ['with typ application/jwt', { typ: 'application/jwt' }, undefined],
    ['with another typ', { typ: 'logout+jwt' }, 'typ_not_allowed', 'logout+jwt'],
    ['with an empty typ', { typ: '' }, 'typ_not_allowed', 'an empty string'],
    ['with a typ of null', { typ: null }, 'header_invalid', 'null'],
    ['with a typ that is a list', { typ: ['JWT'] }, 'header_invalid', 'an array'],
    ['without kid, where one key is published', { kid: undefined }, undefined],
    ['with an empty kid', { kid: '' }, 'kid_invalid', '0 characters'],
    ['with a kid of null', { kid: null }, 'kid_invalid', 'null'],
    ['with a kid that is an object', { kid: {} }, 'kid_invalid', 'an object'],
    ['with a kid of 255 characters', { kid: 'k'.repeat(255) }, 'kid_unknown', 'k'.repeat(255)],
    ['with a kid of 256 characters', { kid: 'k'.repeat(256) }, 'kid_invalid', '256 characters'],
    ['with a member twice', '{"alg":"RS256","kid":"key_1","alg":"RS256"}', 'duplicate_member', 'alg twice'],
  ])('%s is judged so', async (_, header, reason, received) => {
    const found = await examine(tokenOf(header));
    expect(found.reason).toBe(reason);
    if (received !== undefined) expect(found.received).toBe(received);
  });

  test('is read for its members, algorithm, type and key id', async () => {
    const { findings } = await examine(tokenOf({ typ: 'at+jwt' }));
    expect(findings.header?.received).toBe('members alg, kid, typ');
    expect(findings.algorithm).toEqual({ expected: 'RS256', received: 'RS256' });
    expect(findings.type?.received).toBe('at+jwt');
    expect(findings['key id']?.received).toBe('key_1');
    expect(findings.key?.received).toBe('2048 bits');
    const bare = await examine(tokenOf({ kid: undefined }));
    expect(bare.findings['key id']?.received).toBe('absent');
    expect(bare.findings.type?.received).toBe('absent');
  });

  test('keeps the cause for the log when it cannot be read', async () => {
    expect((await examine(tokenOf('{'))).cause).toBeInstanceOf(SyntaxError);
    expect((await examine(tokenOf(Buffer.from([0xff])))).cause).toBeInstanceOf(TypeError);
  });
});

describe('a name that is used twice', () => {
  test.each([
    ['in one object', '{"a":1,"a":2}', 'a twice'],
    ['once behind an escape', '{"a":1,"\\u0061":2}', 'a twice'],
    ['after an object', '{"a":{"b":1},"a":2}', 'a twice'],
    ['after a list', '{"a":[1,{"c":2}],"a":2}', 'a twice'],
    ['in an object within', '{"x":{"a":1,"a":2}}', 'a twice'],
    ['in an object of a list', '{"x":[0,{"a":1,"a":2}]}', 'a twice'],
    ['behind a quoted brace', '{"}":1,"a\\"":"{","a\\"":2}', 'a" twice'],
    ['and is empty', '{"":1,"":2}', ' twice'],
  ])('%s is seen', async (_, json, received) => {
    const found = await examine(tokenOf(`{"alg":"RS256","kid":"key_1",${json.slice(1)}`));
    expect(found).toMatchObject({ reason: 'duplicate_member', received });
  });

  test.each([
    ['in two objects', '{"a":{"b":1},"c":{"b":1}}'],
    ['in an object and in the one around it', '{"a":{"a":{"a":1}},"b":1}'],
    ['as a value', '{"a":"a","b":"a","c":["a","a"]}'],
    ['as a value of a list in an object of a list', '{"a":[{"b":["b","b",{"b":"b"}]},"b"]}'],
    ['within a text', '{"a":"\\"b\\":1,\\"b\\":2"}'],
    ['but for its case', '{"a":1,"A":2}'],
  ])('%s is no repetition', async (_, json) => {
    expect((await examine(tokenOf(`{"alg":"RS256","kid":"key_1",${json.slice(1)}`))).reason).toBeUndefined();
  });
});
