/** What commands that mint take to change a token. */
import type { Command } from 'commander';
import { Failure } from '../errors/failure.ts';
import { list } from './arguments.ts';

type Claims = Readonly<Record<string, unknown>>;

/** `claim` is an object, and `fault` a list of names. */
export function tokenOptions(command: Command): Command {
  return command.option('--claim <name=json>', 'another claim, or another value of one; repeatable', claim).option(
    '--fault <name>',
    'break the token in this way; several with commas',
    list((name) => name),
  );
}

function claim(text: string, claims: Claims = {}): Claims {
  const at = text.indexOf('=');
  const name = text.slice(0, at);
  const fail = (problem: string) =>
    new Failure(
      'invalid_argument',
      `--claim: ${JSON.stringify(text)} ${problem}; accepted: name=json, such as org_id='"org_1"'`,
    );
  if (at < 1) throw fail('names no claim');
  try {
    return { ...claims, [name]: JSON.parse(text.slice(at + 1)) };
  } catch (error) {
    if (error instanceof SyntaxError) throw fail('has a value that is not JSON');
    throw error;
  }
}
