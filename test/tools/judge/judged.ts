/** One check of one server: the program as its users run it, and what it said. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startApi } from './api/server.ts';
import type { Design } from './designs.ts';
import type { Issuer } from './issuer.ts';

export interface Judged {
  readonly code: number;
  readonly seconds: number;
  readonly failed: readonly string[];
  readonly advised: readonly string[];
  /** What is recommended, without what differs from run to run. */
  readonly advice: readonly string[];
  readonly part: readonly string[];
  /** What was seen, or why nothing was, for people. */
  readonly said: string;
}

interface Row {
  readonly id: string;
  readonly status: string;
  readonly observed: string | null;
  readonly reason: string | null;
  readonly advice?: readonly string[];
}

export async function judged(design: Design, issuer: Issuer, args: readonly string[]): Promise<Judged> {
  const { rules, store } = design;
  await using api = await startApi({ workos: issuer.workos, issuer: issuer.issuer, rules, store: store() });
  const began = performance.now();
  const check = ['check', '--json', '--url', api.url, '--state-dir', issuer.stateDir, ...args];
  const child = spawn(process.execPath, [issuer.program, ...check], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const seconds = (performance.now() - began) / 1000;
  const rows = stdout === '' ? [] : (JSON.parse(stdout).invariants as readonly Row[]);
  const ids = (wanted: (row: Row) => boolean) => rows.filter(wanted).map(({ id }) => id);
  return {
    code,
    seconds,
    failed: ids(({ status }) => status === 'failed'),
    advised: ids(({ advice = [] }) => advice.length > 0),
    advice: rows.flatMap(({ id, advice = [] }) => advice.map((one) => `${id}: ${lasting(one)}`)),
    part: ids(({ status }) => status === 'part'),
    said: rows.length === 0 ? stderr.trim() : rows.flatMap(saidOf).join('\n'),
  };
}

function lasting(sentence: string): string {
  return sentence.replace(/sha256 \w+|offset \d+|check-\w+|\d{4}-\d\d-\d\dT[\d:.]+/g, '');
}

function saidOf({ id, status, observed, reason, advice = [] }: Row): string[] {
  const found = status === 'failed' ? [`${id}: ${observed}`] : status === 'part' ? [`${id} in part: ${reason}`] : [];
  return [...found, ...advice.map((one) => `${id} advises: ${one}`)];
}
