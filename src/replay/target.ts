/** Where callbacks may be sent without asking. */
import { Failure } from '../errors.ts';
import { isLoopback } from '../setting-values.ts';

/** A token that goes to another machine is out of our hands. @throws Failure invalid_argument */
export function refuseRemote(url: string, allowRemote: boolean): void {
  if (allowRemote || isLoopback(new URL(url).hostname)) return;
  throw new Failure(
    'invalid_argument',
    `${url} is not on this machine`,
    'Add --allow-remote if callbacks are meant to be sent there.',
  );
}
