/** The WorkOS of the judged servers: a running `agent-paste serve` with a state directory of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkOS } from './api/workos.ts';

export interface Issuer extends AsyncDisposable {
  readonly program: string;
  readonly stateDir: string;
  readonly issuer: string;
  readonly workos: WorkOS;
}

export async function startIssuer(program: string): Promise<Issuer> {
  const stateDir = mkdtempSync(join(tmpdir(), 'agent-paste-judge-'));
  const serve = ['serve', '--json', '--port', '0', '--log', 'off', '--state-dir', stateDir];
  const child = spawn(process.execPath, [program, ...serve], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const { url, client_id, issuer } = JSON.parse(line) as Record<'url' | 'client_id' | 'issuer', string>;
  return {
    program,
    stateDir,
    issuer,
    workos: { url, apiKey: 'sk_test_local', clientId: client_id },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await once(child, 'close');
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
