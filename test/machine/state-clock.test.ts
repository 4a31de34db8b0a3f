import { chmodSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/errors/failure.ts';
import { beginClock, clockFile, serverTime } from '../../src/machine/state-clock.ts';
import { serveState } from '../../src/machine/state-guard.ts';
import { advanced, clock, timeBy } from '../../src/machine/values/clock.ts';
import { type TemporaryDirectory, temporaryDirectory } from '../support/directory.ts';

const refuse = (problem: string) => new Failure('invalid_argument', problem);
const read = (text: unknown) => clock.read(text, refuse);
const HOUR = 3_600_000;
const AT = Date.parse('2026-01-31T12:00:00Z');

describe('a clock', () => {
  test.each([
    ['+1h', '+1h', AT + HOUR],
    ['+0s', '+0ms', AT],
    ['+1.5h', '+90m', AT + 1.5 * HOUR],
    ['+1d', '+24h', AT + 24 * HOUR],
    ['+0.4ms', '+0ms', AT],
    ['2030-01-31', '2030-01-31T00:00:00.000Z', Date.parse('2030-01-31')],
    ['2030-01-31 12:00', '2030-01-31T12:00:00.000Z', Date.parse('2030-01-31T12:00Z')],
    ['2030-01-31T12:00:00+02:00', '2030-01-31T10:00:00.000Z', Date.parse('2030-01-31T10:00Z')],
    ['1900000000', '2030-03-17T17:46:40.000Z', 1_900_000_000_000],
    [1_900_000_000, '2030-03-17T17:46:40.000Z', 1_900_000_000_000],
  ])('%j is read as %s', (text, written, time) => {
    expect(read(text)).toBe(written);
    expect(read(read(text))).toBe(written);
    expect(timeBy(read(text), AT)).toBe(time);
  });

  test.each([
    ['1h', 'an offset begins with +'],
    ['-1h', 'an offset begins with +'],
    ['+1', 'offsets are +0s to +36500d'],
    ['+-1h', 'offsets are'],
    ['+36501d', 'offsets are'],
    ['+1h ', 'offsets are'],
    ['1999-12-31', 'it is before 2000'],
    ['9001-01-01', 'it is after 9000'],
    ['2030-02-30', 'not "2030-02-30"'],
    ['1900000000000', 'not "1900000000000"'],
    ['', 'not ""'],
    [null, 'not null'],
    [{}, 'not {}'],
  ])('rejects %j: %s', (text, why) => {
    expect(() => read(text)).toThrow(why);
  });

  test('is moved on, whether it stands or runs, but not out of its range', () => {
    expect(advanced('+30m', HOUR, refuse)).toBe('+90m');
    expect(advanced('2030-01-31T12:00:00.000Z', HOUR, refuse)).toBe('2030-01-31T13:00:00.000Z');
    expect(() => advanced('+36500d', 1, refuse)).toThrow('offsets are');
    expect(() => advanced('9000-01-01T00:00:00.000Z', 1, refuse)).toThrow('after 9000');
  });
});

describe('the clock of a state directory', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = temporaryDirectory();
    chmodSync(directory.path, 0o700);
  });
  afterEach(() => directory[Symbol.dispose]());

  test('is shared by who comes later, and ends with the last', () => {
    const { path } = directory;
    const [first, second] = [serveState(path), serveState(path)];
    expect([first.isFirst, second.isFirst]).toEqual([true, false]);
    expect(beginClock(path, '+1h', first.isFirst)).toBe('+1h');
    expect(beginClock(path, undefined, second.isFirst)).toBe('+1h');
    expect(beginClock(path, '+1h', second.isFirst)).toBe('+1h');
    expect(() => beginClock(path, '+2h', second.isFirst)).toThrow('is +1h already, not +2h');
    first.release();
    const third = serveState(path);
    expect(beginClock(path, undefined, third.isFirst)).toBe('+1h');
    second.release();
    third.release();
    const next = serveState(path);
    expect(beginClock(path, undefined, next.isFirst)).toBeUndefined();
    expect(() => beginClock(path, '+1h', false)).toThrow('in use by the time of this machine');
    next.release();
  });

  const damages: Readonly<Record<string, (file: string) => void>> = {
    removed: (file) => rmSync(file),
    'filled with nonsense': (file) => writeFileSync(file, 'soon'),
    emptied: (file) => writeFileSync(file, ''),
    'replaced by a link': (file) => {
      rmSync(file);
      symlinkSync('/etc/hostname', file);
    },
    'made readable by others': (file) => chmodSync(file, 0o644),
  };

  test.each(Object.keys(damages))('goes on for a running server where its file was %s', (what) => {
    const { path } = directory;
    const use = serveState(path);
    const now = serverTime(path, beginClock(path, '+1h', use.isFirst) ?? '', () => AT);
    expect(now()).toBe(AT + HOUR);
    damages[what]?.(clockFile(path));
    expect(now()).toBe(AT + HOUR);
    use.release();
  });

  test('is seen by a running server at once when it is moved', () => {
    const { path } = directory;
    const use = serveState(path);
    const now = serverTime(path, beginClock(path, '+1h', use.isFirst) ?? '', () => AT);
    expect(readFileSync(clockFile(path), 'utf8')).toBe('+1h\n');
    writeFileSync(clockFile(path), '2031-01-01T00:00:00.000Z\n');
    expect(now()).toBe(Date.parse('2031-01-01'));
    use.release();
  });
});
