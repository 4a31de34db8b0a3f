/** A sweep of many expired records, while callbacks go on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pinned, SERVER_CPU } from '../process.ts';
import type { Row } from '../row.ts';
import { median } from '../statistics.ts';
import type { ThroughputOptions } from '../throughput.ts';
import type { Serving } from './serving.ts';

const SWEPT = 30_000;

/** Expired records dropped in a second, and what callbacks notice of it. */
export async function sweepRows(
  { binary, note, requests, connections }: ThroughputOptions,
  { postgres, over, directory, schema }: Serving,
): Promise<Row[]> {
  const users = postgres.newRound(requests);
  await postgres.run('provisioning', users, connections);
  const alone: number[] = [];
  const beside: number[] = [];
  const perSecond: number[] = [];
  for (let round = 0; round < 3; round++) {
    note(`sweep, round ${round + 1} of 3`);
    await schema.query(`INSERT INTO callback_records (idempotency_key, subject, issuer, member_id, outcome, status,
        body_sealed, body_sha256, seal_version, pepper_kid, created_at, expires_at)
      SELECT 'workos-jti:' || md5(n::text), 'user_swept', 'https://api.workos.com', (SELECT min(id) FROM workspace_members),
        'seen', 200, decode(repeat('00', 700), 'hex'), decode(repeat('00', 32), 'hex'), 1, 1,
        now() - interval '2 days', now() - interval '1 day' FROM generate_series(1, ${SWEPT}) n`);
    alone.push((await postgres.run('replay, distinct tokens', users, connections)).p99);
    const begun = performance.now();
    const [program, ...args] = pinned(
      [process.execPath, binary, 'sweep', '--state-dir', directory, ...over],
      SERVER_CPU,
    ) as [string, ...string[]];
    const ended = once(spawn(program, args, { stdio: 'ignore' }), 'exit');
    let isOver = false;
    const swept = ended.then(([code]) => {
      if (code !== 0) throw new Error(`sweep ended with ${code}`);
      isOver = true;
      return SWEPT / ((performance.now() - begun) / 1000);
    });
    while (!isOver) beside.push((await postgres.run('replay, distinct tokens', users, connections)).p99);
    perSecond.push(await swept);
  }
  return [
    {
      figure: 'expired records swept',
      baseline: '5000 rows/s',
      value: `${Math.round(median(perSecond))} /s`,
      ratio: median(perSecond) / 5000,
      target: { least: 1 },
    },
    {
      figure: 'p99 of replays during a sweep',
      baseline: 'without one',
      value: `${median(beside).toFixed(1)} ms`,
      ratio: median(beside) / median(alone),
      target: { most: 1.5 },
    },
  ];
}
