import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../src/errors/failure.ts';
import { openKeyring } from '../../../src/workos/keys/keyring.ts';

const NOW = Date.UTC(2026, 0, 1);
const PUBLIC_MEMBERS = ['kty', 'use', 'alg', 'kid', 'n', 'e'];

let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'agent-paste-keyring-')), 'keys');
});

afterEach(() => {
  rmSync(join(directory, '..'), { recursive: true, force: true });
});

/** Runs code with `keyring` in another process and resolves to what it wrote. */
async function inAnotherProcess(code: string): Promise<string> {
  const module = JSON.stringify(new URL('../../../src/workos/keys/keyring.ts', import.meta.url).href);
  const program = `
    const { openKeyring } = await import(${module});
    const keyring = openKeyring(${JSON.stringify(directory)});
    ${code}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [exitCode] = await once(child, 'close');
  expect(exitCode).toBe(0);
  return output;
}

function failureOf(action: () => unknown): Failure {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('the first key', () => {
  it('is created once, and found again when the directory is reopened', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    await keyring.ensure(NOW + 1000);
    const [key, ...others] = keyring.list();
    expect(others).toEqual([]);
    expect(key).toMatchObject({ createdAt: NOW, retiredAt: null, bits: 2048 });
    expect(openKeyring(directory).signingKey().kid).toBe(key?.kid);
  });

  it('is the same for processes that start at once', async () => {
    const start = `await keyring.ensure(Date.now()); process.stdout.write(keyring.signingKey().kid);`;
    const kids = await Promise.all([inAnotherProcess(start), inAnotherProcess(start), inAnotherProcess(start)]);
    expect(new Set(kids).size).toBe(1);
    expect(openKeyring(directory).list()).toHaveLength(1);
  });

  it('is in a file readable by its owner only, in a directory of its owner only', async () => {
    const before = process.umask(0);
    try {
      await openKeyring(directory).ensure(NOW);
    } finally {
      process.umask(before);
    }
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    const names = readdirSync(directory);
    expect(names).toHaveLength(1);
    for (const name of names) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  });

  it('has its RFC 7638 thumbprint as kid', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const { kid } = keyring.signingKey();
    expect(kid).toBe(await calculateJwkThumbprint({ ...keyring.export(kid) }));
  });
});

describe('the published set', () => {
  it('has public members only', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    for (const key of keyring.jwks().keys) expect(Object.keys(key)).toEqual(PUBLIC_MEMBERS);
    expect(keyring.jwks().keys[0]).toMatchObject({ kty: 'RSA', use: 'sig', alg: 'RS256' });
  });

  it('is the same object as long as nothing changes', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const first = keyring.jwks();
    expect(keyring.jwks()).toBe(first);
    await keyring.rotate(NOW);
    expect(keyring.jwks()).not.toBe(first);
  });

  it('starts with the newest key, even when the clock stood still or went back', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const second = await keyring.rotate(NOW);
    const third = await keyring.rotate(NOW - 60_000);
    expect(
      keyring
        .jwks()
        .keys.map(({ kid }) => kid)
        .slice(0, 2),
    ).toEqual([third.kid, second.kid]);
    expect(keyring.signingKey().kid).toBe(third.kid);
  });

  it('shows at once keys that another process rotated, imported or retired', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const first = keyring.signingKey().kid;
    const second = await inAnotherProcess(`process.stdout.write((await keyring.rotate(${NOW + 1})).kid);`);
    expect(keyring.signingKey().kid).toBe(second);
    expect(keyring.jwks().keys.map(({ kid }) => kid)).toEqual([second, first]);
    await inAnotherProcess(`await keyring.retire(${JSON.stringify(first)}, ${NOW + 2});`);
    expect(keyring.jwks().keys.map(({ kid }) => kid)).toEqual([second]);
    expect(keyring.list().map(({ retiredAt }) => retiredAt)).toEqual([null, NOW + 2]);
  });

  it('misses no change of another keyring, however fast they come', async () => {
    const [writer, reader] = [openKeyring(directory), openKeyring(directory)];
    await writer.ensure(NOW);
    for (let count = 2; count <= 4; count += 1) {
      await writer.rotate(NOW);
      expect(reader.jwks()).toEqual(writer.jwks());
    }
    for (const { kid } of writer.list().slice(1)) {
      await writer.retire(kid, NOW);
      expect(reader.jwks()).toEqual(writer.jwks());
    }
  });
});

describe('retiring', () => {
  it('unpublishes a key that can still be named for signing', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const old = keyring.signingKey().kid;
    const { kid } = await keyring.rotate(NOW);
    expect(await keyring.retire(old, NOW + 5)).toMatchObject({ kid: old, retiredAt: NOW + 5 });
    expect(keyring.jwks().keys.map((key) => key.kid)).toEqual([kid]);
    expect(keyring.signingKey(old).kid).toBe(old);
    expect((await keyring.retire(old, NOW + 9)).retiredAt).toBe(NOW + 5);
  });

  it('refuses the last published key unless forced, and then nothing signs until a rotation', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const { kid } = keyring.signingKey();
    await expect(keyring.retire(kid, NOW)).rejects.toMatchObject({ code: 'conflict' });
    expect(keyring.jwks().keys).toHaveLength(1);

    await keyring.retire(kid, NOW, { force: true });
    expect(keyring.jwks().keys).toEqual([]);
    expect(failureOf(() => keyring.signingKey()).code).toBe('not_found');
    await keyring.ensure(NOW + 1);
    expect(keyring.jwks().keys).toEqual([]);
    const next = await keyring.rotate(NOW + 2);
    expect(keyring.signingKey().kid).toBe(next.kid);
  });

  it('fails for an unknown kid', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    await expect(keyring.retire('nobody', NOW)).rejects.toMatchObject({ code: 'not_found' });
    for (const action of [() => keyring.export('nobody'), () => keyring.signingKey('nobody')]) {
      expect(failureOf(action)).toMatchObject({ code: 'not_found', exitCode: 5 });
    }
  });
});

describe('files that are not keys', () => {
  it('fail the opening with the name of the file, without quoting it', async () => {
    await openKeyring(directory).ensure(NOW);
    const [name = ''] = readdirSync(directory);
    const text = readFileSync(join(directory, name), 'utf8');
    const { d, n } = JSON.parse(text).jwk;
    const broken = [
      text.slice(0, text.length / 2),
      '',
      '[]',
      '{}',
      text.replace('"p"', '"x"'),
      text.replace(n, `${n.slice(0, 100)}AAAA${n.slice(104)}`),
    ];
    for (const content of broken) {
      writeFileSync(join(directory, name), content);
      const failure = failureOf(() => openKeyring(directory));
      expect(failure).toMatchObject({ code: 'state_corrupt', exitCode: 7 });
      expect(failure.message).toContain(name);
      expect(failure.message).not.toContain('\n');
      expect(JSON.stringify([failure.message, failure.hint, String(failure.cause)])).not.toContain(d.slice(0, 12));
    }
  });

  it('readable by other users fail the opening', async () => {
    await openKeyring(directory).ensure(NOW);
    const [name = ''] = readdirSync(directory);
    chmodSync(join(directory, name), 0o644);
    expect(failureOf(() => openKeyring(directory))).toMatchObject({ code: 'state_unsafe' });
  });

  it('leave the last good set in use, warn once, and are forgotten once repaired', async () => {
    const warnings: string[] = [];
    const keyring = openKeyring(directory, { onWarning: (message) => warnings.push(message) });
    await keyring.ensure(NOW);
    const good = keyring.jwks();

    const half = join(directory, 'half.json');
    writeFileSync(half, '{"kid":"half",', { mode: 0o600 });
    expect(keyring.jwks()).toBe(good);
    expect(keyring.jwks()).toBe(good);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('half.json');
    await expect(keyring.rotate(NOW)).rejects.toMatchObject({ code: 'state_corrupt' });

    rmSync(half);
    await keyring.rotate(NOW);
    expect(keyring.jwks().keys).toHaveLength(2);
    expect(warnings).toHaveLength(1);
  });

  it('are noticed when completed in place, which changes no directory time', async () => {
    const source = openKeyring(join(directory, '..', 'other'));
    await source.ensure(NOW + 1);
    const [name = ''] = readdirSync(join(directory, '..', 'other'));
    const text = readFileSync(join(directory, '..', 'other', name), 'utf8');

    const warnings: string[] = [];
    const keyring = openKeyring(directory, { onWarning: (message) => warnings.push(message) });
    await keyring.ensure(NOW);
    writeFileSync(join(directory, 'copied.json'), text.slice(0, 100), { mode: 0o600 });
    expect(keyring.jwks().keys).toHaveLength(1);
    writeFileSync(join(directory, 'copied.json'), text);
    expect(keyring.jwks().keys).toHaveLength(2);
    expect(warnings).toHaveLength(1);
  });

  it('are thrown without a listener for warnings', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    writeFileSync(join(directory, 'half.json'), '{', { mode: 0o600 });
    expect(failureOf(() => keyring.jwks())).toMatchObject({ code: 'state_corrupt' });
  });

  it('leave the last good set in use when the whole directory goes away', async () => {
    const warnings: string[] = [];
    const keyring = openKeyring(directory, { onWarning: (message) => warnings.push(message) });
    await keyring.ensure(NOW);
    const good = keyring.jwks();
    rmSync(directory, { recursive: true });
    expect(keyring.jwks()).toBe(good);
    expect(warnings).toHaveLength(1);
  });

  it.each<[string, (keyring: ReturnType<typeof openKeyring>) => Promise<unknown>]>([
    ['rotated', (keyring) => keyring.rotate(NOW)],
    ['retired', async (keyring) => keyring.retire(keyring.list()[0]?.kid ?? '', NOW, { force: true })],
    ['published', async (keyring) => keyring.publish(keyring.list()[0]?.kid ?? '')],
    ['lent', (keyring) => keyring.lend(NOW)],
  ])('that a reset removes after a command has %s one are gone, and that is no damage', async (_, change) => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    await change(keyring);
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    expect(keyring.list()).toEqual([]);
    expect(keyring.jwks()).toEqual({ keys: [] });
    expect(failureOf(() => keyring.signingKey())).toMatchObject({
      code: 'not_found',
      message: 'there is no signing key',
    });
    await keyring.ensure(NOW);
    expect(keyring.list()).toHaveLength(1);
  });

  it('ending in .tmp are ignored as unfinished writes', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    writeFileSync(join(directory, 'next.json.42.tmp'), '{"kid":');
    expect(openKeyring(directory).list()).toEqual(keyring.list());
  });

  it('with one key twice fail the opening', async () => {
    await openKeyring(directory).ensure(NOW);
    const [name = ''] = readdirSync(directory);
    writeFileSync(join(directory, 'copy.json'), readFileSync(join(directory, name)), { mode: 0o600 });
    expect(failureOf(() => openKeyring(directory))).toMatchObject({ code: 'state_corrupt' });
  });
});

describe('a lent key', () => {
  it('is published, and signs for the caller who names it alone', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const first = keyring.signingKey().kid;
    const lent = await keyring.lend(NOW + 1000);
    expect(keyring.jwks().keys.map(({ kid }) => kid)).toEqual([first, lent.kid]);
    expect(keyring.signingKey().kid).toBe(first);
    expect(keyring.signingKey(lent.kid).kid).toBe(lent.kid);
    expect(openKeyring(directory).list()).toMatchObject([
      { kid: first, isLent: false },
      { kid: lent.kid, isLent: true },
    ]);
  });

  it('does not count as the key that is left when another is retired', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const { kid } = await keyring.lend(NOW);
    await expect(keyring.retire(keyring.signingKey().kid, NOW)).rejects.toMatchObject({ code: 'conflict' });
    expect(await keyring.retire(kid, NOW)).toMatchObject({ retiredAt: NOW });
  });

  it('is gone when it is taken back, and no other key is', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const first = keyring.signingKey().kid;
    const [mine, other] = [await keyring.lend(NOW), await keyring.lend(NOW)];
    await keyring.takeBack([mine.kid, first]);
    expect(keyring.list().map(({ kid }) => kid)).toEqual([first, other.kid]);
    expect(failureOf(() => keyring.signingKey(mine.kid)).code).toBe('not_found');
  });

  it('of a borrower who was killed is removed a day later', async () => {
    const keyring = openKeyring(directory);
    await keyring.ensure(NOW);
    const [left, recent] = [await keyring.lend(NOW), await keyring.lend(NOW + 80_000_000)];
    const mine = await keyring.lend(NOW + 86_400_001);
    const kids = keyring.list().map(({ kid }) => kid);
    expect(kids).toEqual(expect.arrayContaining([recent.kid, mine.kid]));
    expect(kids).not.toContain(left.kid);
  });

  it('is no first key: a directory of lent keys alone gets one', async () => {
    const keyring = openKeyring(directory);
    const { kid } = await keyring.lend(NOW);
    await keyring.ensure(NOW);
    expect(keyring.signingKey().kid).not.toBe(kid);
  });
});
