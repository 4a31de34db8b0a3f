/** Another thread that holds the write lock of a database: this one may block while it waits. */
import { Worker } from 'node:worker_threads';

const HOLD = `
  const { workerData, parentPort } = require('node:worker_threads');
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(workerData.path);
  db.exec('BEGIN ' + workerData.kind);
  parentPort.postMessage('held');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.milliseconds);
  db.exec('ROLLBACK');
  db.close();
`;

/** @returns once the lock is held; it is let go so many milliseconds later, whatever this thread does */
export async function lockElsewhere(
  path: string,
  milliseconds: number,
  kind: 'IMMEDIATE' | 'EXCLUSIVE' = 'IMMEDIATE',
): Promise<AsyncDisposable> {
  const worker = new Worker(HOLD, { eval: true, workerData: { path, milliseconds, kind } });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  return { [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}
