/** Scripts of commands with what must be seen, as a person types them in one directory. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { expect, vi } from 'vitest';
import { heard, type Shell } from '../../support/shell.ts';

type Wanted = readonly (string | RegExp)[];

export interface Step {
  /** What the person learns. */
  readonly so: string;
  /** Typed into a shell. `$URL` is the base URL of the server that was started last, and `$PORT` its port. */
  readonly run: string;
  /** Exit code; 0 by default. */
  readonly code?: number;
  /** Seen on stdout, and heard on stderr. */
  readonly sees?: Wanted;
  readonly hears?: Wanted;
  /** On neither. */
  readonly never?: Wanted;
  /** Goes on until the end of the script; the address is taken from what it says until this text. */
  readonly until?: string;
  /** A directory below, which is made. */
  readonly in?: string;
  /** Until it is so: what a server writes a moment later. */
  readonly patient?: true;
}

/** Runs the steps one after the other. @throws the failed expectation, with its step */
export async function play(sh: Shell, script: readonly Step[]): Promise<void> {
  const servers: ChildProcess[] = [];
  let url = '';
  try {
    for (const step of script) {
      const command = inDirectory(sh, step, `export URL=${url} PORT=${url.split(':')[2] ?? ''}; ${step.run}`);
      if (step.until === undefined) await oneStep(sh, step, command);
      else {
        const server = sh.start(`exec ${step.run}`);
        servers.push(server);
        const quiet = step.run.includes('--quiet');
        const said = await heard((quiet ? server.stdout : server.stderr) as Readable, step.until);
        url = /http:\/\/[\w.:]+/.exec(said)?.[0] ?? '';
        judge(step, { code: 0, stdout: quiet ? said : '', stderr: said });
      }
    }
  } finally {
    for (const server of servers) await stopped(server);
  }
}

function inDirectory(sh: Shell, step: Step, command: string): string {
  if (step.in === undefined) return command;
  mkdirSync(join(sh.cwd, step.in), { recursive: true });
  return `cd '${step.in}'; ${command}`;
}

async function oneStep(sh: Shell, step: Step, command: string): Promise<void> {
  const once = async () => judge(step, await sh.run(command));
  // Not `expect.poll`: that asks which test runs, and the three scripts run at once.
  if (step.patient) await vi.waitFor(once, { timeout: 120_000 });
  else await once();
}

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function judge({ so, run, code = 0, sees = [], hears = [], never = [] }: Step, said: Said): void {
  const about = `${so}: ${run}\n${said.stdout}${said.stderr}`;
  expect(said.code, about).toBe(code);
  for (const one of sees) expect(said.stdout, about).toMatch(one);
  for (const one of hears) expect(said.stderr, about).toMatch(one);
  for (const one of never) expect(said.stdout + said.stderr, about).not.toMatch(one);
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const closed = once(server, 'close');
  server.kill('SIGTERM');
  await closed;
}
