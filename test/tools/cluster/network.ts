/** Machines for the databases: a network namespace each, on a bridge, with a cable that can be cut. */
import { execFileSync } from 'node:child_process';

const BRIDGE = 'apc-bridge';
/** Moves to the machine that is promoted: the address that the servers are given. */
export const SHARED_ADDRESS = '10.213.77.10';

export interface Machine {
  readonly name: string;
  readonly address: string;
}

export const MACHINES = [
  { name: 'apc-one', address: '10.213.77.2' },
  { name: 'apc-two', address: '10.213.77.3' },
] as const satisfies readonly Machine[];

/** @returns why there are no network namespaces here, or undefined after one was made and removed */
export function whyNoNetwork(): string | undefined {
  try {
    ip('netns', 'add', 'apc-try');
    ip('netns', 'del', 'apc-try');
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n').filter(Boolean).at(-1);
  }
}

export function makeNetwork(): Disposable {
  removeNetwork();
  ip('link', 'add', BRIDGE, 'type', 'bridge');
  ip('addr', 'add', '10.213.77.1/24', 'dev', BRIDGE);
  ip('link', 'set', BRIDGE, 'up');
  for (const machine of MACHINES) {
    ip('netns', 'add', machine.name);
    ip('link', 'add', machine.name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', machine.name);
    ip('link', 'set', machine.name, 'master', BRIDGE, 'up');
    inside(machine, 'ip', 'addr', 'add', `${machine.address}/24`, 'dev', 'eth0');
    inside(machine, 'ip', 'link', 'set', 'eth0', 'up');
    inside(machine, 'ip', 'link', 'set', 'lo', 'up');
  }
  giveSharedAddress(MACHINES[0]);
  return { [Symbol.dispose]: removeNetwork };
}

export function setCable({ name }: Machine, state: 'up' | 'down'): void {
  ip('link', 'set', name, state);
}

export function giveSharedAddress(machine: Machine): void {
  inside(machine, 'ip', 'addr', 'add', `${SHARED_ADDRESS}/24`, 'dev', 'eth0');
  ip('neigh', 'flush', 'dev', BRIDGE);
}

export function inside({ name }: Machine, ...command: readonly string[]): string {
  return run('ip', 'netns', 'exec', name, ...command);
}

function removeNetwork(): void {
  for (const { name } of MACHINES) attempt('netns', 'del', name);
  attempt('link', 'del', BRIDGE);
}

function attempt(...args: readonly string[]): void {
  try {
    ip(...args);
  } catch {
    // It was not there.
  }
}

function ip(...args: readonly string[]): void {
  run('ip', ...args);
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
}
