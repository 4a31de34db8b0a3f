import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemRandom } from '../../src/machine/random.ts';
import { sharedRow } from '../../src/store/attempt-log.ts';
import { type AuditResult, PROMISES } from '../../src/store/audit.ts';
import { STORE_DIAGNOSIS_CODES } from '../../src/store/diagnosis.ts';
import { type Peppers, temporaryPeppers } from '../../src/store/peppers.ts';
import type { ReadStore } from '../../src/store/read-store.ts';
import { type EmptyState, ENGINES, type WritableState } from '../support/engines.ts';
import { attemptOf, codeOf, iso, populate } from './contract-state.ts';

/** What every engine finds in a state that is not as it should be. An engine is a row of `ENGINES`. */

/** What is done to member 3 by hand, and the promises that it breaks. */
const DAMAGES = [
  {
    broken: ['no-half-provisioned-member'],
    damage: "DELETE FROM operation_events WHERE action = 'api_key.created' AND request_id = 'request_3'",
  },
  {
    broken: ['records-have-keys', 'sealed-answers-open'], // the key is part of what is sealed
    damage: "UPDATE callback_records SET key_public_id = 'another000000000' WHERE subject = 'user_3'",
  },
  {
    broken: ['sealed-answers-open'],
    damage: "UPDATE callback_records SET created_at = '2026-01-01T00:00:00.999Z' WHERE subject = 'user_3'",
  },
] as const;

describe.each(Object.keys(ENGINES))('%s', (name) => {
  let state: EmptyState;
  beforeEach(() => {
    state = ENGINES[name]!();
  });
  afterEach(() => state[Symbol.asyncDispose]());

  async function populated(): Promise<WritableState & { readonly reads: ReadStore }> {
    const made = await state.make();
    await populate(made);
    return { ...made, reads: await state.read() };
  }

  describe('an audit', () => {
    async function resultsOf(reads: ReadStore, peppers: Peppers | string): Promise<readonly AuditResult[]> {
      const results: AuditResult[] = [];
      for await (const result of reads.audit(peppers)) results.push(result);
      return results;
    }

    test('judges every promise in order, and a good state keeps them', async () => {
      const { reads, peppers } = await populated();
      const results = await resultsOf(reads, peppers);
      expect(results.map(({ id }) => id)).toEqual(Object.keys(PROMISES));
      expect(results.filter(({ result }) => result !== 'kept')).toEqual([]);
    });

    test.each(DAMAGES)('finds that $broken is broken, and by what', async ({ broken, damage }) => {
      const { reads, peppers, execute } = await populated();
      await execute(damage);
      const found = (await resultsOf(reads, peppers)).filter(({ result }) => result === 'broken');
      expect(found.map(({ id, broken_count }) => [id, broken_count])).toEqual(broken.map((id) => [id, 1]));
      for (const { broken_by } of found) expect(broken_by).toEqual([expect.stringMatching(/user_3|^[0-9a-f-]{36} /)]);
    });

    test('says why sealed answers are not judged', async () => {
      const { reads } = await populated();
      for (const peppers of ['there is no pepper file', temporaryPeppers(systemRandom())]) {
        const sealed = (await resultsOf(reads, peppers)).at(-1);
        expect(sealed).toMatchObject({ id: 'sealed-answers-open', result: 'skipped' });
        expect(sealed?.note).toMatch(/pepper/);
      }
    });

    test('must have a database', async () => {
      const reads = await state.read();
      expect(await codeOf(resultsOf(reads, 'none'))).toBe('not_found');
    });
  });

  describe('a diagnosis', () => {
    test('finds a good state ok, each thing once and in order', async () => {
      const { reads, peppers } = await populated();
      const findings = await reads.diagnose(peppers, Date.now);
      expect(findings.filter(({ severity }) => severity !== 'ok')).toEqual([]);
      const codes = findings.map(({ code }) => code);
      expect(codes).toEqual(STORE_DIAGNOSIS_CODES.filter((code) => codes.includes(code)));
      expect(codes).toEqual(expect.arrayContaining(['database', 'database_schema', 'database_pepper', 'callback_log']));
    });

    test('warns of a flood that shares rows, and of no row that only looks like one', async () => {
      const { reads, peppers, attempts } = await populated();
      const log = async () =>
        (await reads.diagnose(peppers, Date.now)).find(({ code }) => code === 'callback_log')?.severity;
      const refused = { ...attemptOf(3), expected: '3 parts', received: sharedRow(9).received };
      attempts.record(refused);
      await attempts.flush();
      expect(await log()).toBe('ok');
      for (const callbacks of [9, 1200]) attempts.record({ ...refused, ...sharedRow(callbacks) });
      await attempts.flush();
      const findings = await reads.diagnose(peppers, Date.now);
      expect(findings.find(({ code }) => code === 'callback_log')).toMatchObject({
        severity: 'warning',
        message: expect.stringContaining(`1209 refused callbacks share 2 rows, the last at ${iso(3)}`),
      });
    });

    test('finds other peppers, and users who signed in and are gone', async () => {
      const { reads, peppers, execute } = await populated();
      const severities = async (given: Parameters<ReadStore['diagnose']>[0]) =>
        Object.fromEntries((await reads.diagnose(given, Date.now)).map(({ code, severity }) => [code, severity]));
      expect(await severities(temporaryPeppers(systemRandom()))).toMatchObject({ database_pepper: 'error' });
      expect(await severities(undefined)).toMatchObject({ database_pepper: 'error' });
      expect(await severities('refused')).toMatchObject({ database_pepper: 'warning' });
      await execute("DELETE FROM workspaces WHERE contact_email = 'user-7@Example.com'");
      expect(await severities(peppers)).toMatchObject({ database_pepper: 'ok', sign_ins: 'warning' });
    });

    test('of nothing is a warning', async () => {
      const reads = await state.read();
      expect(await reads.diagnose(undefined, Date.now)).toMatchObject([{ code: 'database', severity: 'warning' }]);
    });
  });
});
