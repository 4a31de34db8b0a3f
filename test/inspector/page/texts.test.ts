import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from '../../../src/inspector/page/browser/lines.ts';
import { link } from '../../../src/inspector/page/browser/link.ts';
import { areAlike, differingPart } from '../../../src/inspector/page/parts/difference.ts';
import { counted, duration, grouped, shortened } from '../../../src/inspector/page/parts/short.ts';
import { windowOf } from '../../../src/inspector/page/parts/window.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { runs } from '../../support/property-runs.ts';

describe('expected beside received', () => {
  test('differ in the part that only one of them has', () => {
    const [expected, received] = ['https://api.workos.com', 'https://api.workos.com/user_management/client_01'];
    expect(differingPart(expected, received)).toEqual([expected, '/user_management/client_01', '']);
    expect(differingPart('user_1 x', 'user_2 x')).toEqual(['user_', '2', ' x']);
    expect(areAlike(expected, received)).toBe(true);
    expect(areAlike('exp in the future', '3 min ago')).toBe(false);
  });

  test('keep every letter of what was received', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (expected, received) => {
        expect(differingPart(expected, received).join('')).toBe(received);
        expect(differingPart(received, received)[1]).toBe('');
      }),
      runs(100),
    );
  });
});

describe('links', () => {
  test('come from ids of any text, and lead to no other page', () => {
    const ids = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('..', '.', '/', '%2e%2e', '?', '#', '\ud800', ...Object.values(HOSTILE_TEXTS)),
    );
    fc.assert(
      fc.property(
        ids.filter((id) => id !== ''),
        (id) => {
          const url = new URL(link(['callbacks', id], { q: id }), 'http://127.0.0.1:8788');
          expect(url.origin).toBe('http://127.0.0.1:8788');
          expect(url.pathname.split('/').slice(0, 2)).toEqual(['', 'callbacks']);
          expect(url.hash).toBe('');
          expect(url.searchParams.get('q')).toBe(id.toWellFormed());
        },
      ),
    );
  });

  test('leave out what is not chosen', () => {
    expect(link(['callbacks'], { outcome: '', since: null, until: undefined, email: 'a@b.c' })).toBe(
      '/callbacks?email=a%40b.c',
    );
  });
});

describe('short texts', () => {
  test('keep both ends of an id, and letters whole', () => {
    expect(shortened('req_01M8A9BJW3KS5C66B93PHS3GNY', 16)).toBe('req_01M8A…HS3GNY');
    expect(shortened('short', 16)).toBe('short');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 3, max: 40 }), (id, room) => {
        const short = shortened(id, room);
        expect([...short].length).toBeLessThanOrEqual(room);
        expect(short.isWellFormed()).toBe(id.isWellFormed());
      }),
      runs(100),
    );
  });

  test('write numbers for readers', () => {
    expect([grouped(0), grouped(999), grouped(1_234_567)]).toEqual(['0', '999', '1,234,567']);
    expect([counted(1, 'callback'), counted(1200, 'callback')]).toEqual(['1 callback', '1,200 callbacks']);
    expect([40, 2100, 12_000_000].map(duration)).toEqual(['0.04 ms', '2.1 ms', '12.0 s']);
  });
});

test('lines of a stream are read wherever it is cut, and what is no JSON is left out', async () => {
  const lines = [{ type: 'ping', now: 'später' }, { type: 'gap', skipped: 3 }, '{'];
  const bytes = new TextEncoder().encode(
    `${lines.map((line) => (line === '{' ? line : JSON.stringify(line))).join('\n')}\n\n{"last":1}`,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 8 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        start(controller) {
          edges.slice(1).forEach((edge, index) => void controller.enqueue(bytes.slice(edges[index], edge)));
          controller.close();
        },
      });
      const taken: unknown[] = [];
      await readLines(body, (line) => taken.push(line));
      expect(taken).toEqual([lines[0], lines[1], undefined, { last: 1 }]);
    }),
    runs(100),
  );
});

test('of a long list the rows near the window are drawn, however long it is', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(30_000_000), fc.nat(2000), (count, top, height) => {
      const { start, end } = windowOf(top, height, 26, count);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(count);
      expect(end - start).toBeLessThanOrEqual(Math.ceil(height / 26) + 18);
      const seen = Math.floor(top / 26);
      if (seen < count) expect(start <= seen && seen < Math.max(end, start + 1)).toBe(true);
    }),
    runs(100),
  );
});
