/** A database and its pepper belong together: with another one no key would verify and no answer open. */
import { Failure } from '../errors/failure.ts';
import { type Peppers, pepperCheck, pepperOf, sameCheck } from './peppers.ts';

/** In `meta`, before the number of a pepper. */
export const PEPPER_NOTE = 'pepper_check_';

/** The numbers of the peppers that a database was made with, each with its check value (see `pepperCheck`). */
export type PepperNotes = ReadonlyMap<number, string>;

/** @param meta rows of `meta` */
export function pepperNotes(meta: Iterable<{ readonly name: string; readonly value: string }>): PepperNotes {
  return new Map(
    [...meta]
      .filter(({ name }) => name.startsWith(PEPPER_NOTE))
      .map(({ name, value }) => [Number(name.slice(PEPPER_NOTE.length)), value]),
  );
}

interface ForeignPepper {
  readonly kid: number;
  readonly is: 'missing' | 'another';
}

/** The noted peppers that these are without, or have another one for. */
export function foreignPeppers(
  noted: PepperNotes,
  peppers: Pick<Peppers, 'get'> | undefined,
): readonly ForeignPepper[] {
  return [...noted].flatMap(([kid, check]): ForeignPepper[] => {
    const pepper = peppers?.get(kid);
    if (pepper === undefined) return [{ kid, is: 'missing' }];
    return sameCheck(check, pepperCheck(pepper)) ? [] : [{ kid, is: 'another' }];
  });
}

/**
 * @param database as messages name it
 * @returns the peppers of which the database does not know yet
 * @throws Failure state_mismatch when it was made with another one
 */
export function unnotedPeppers(
  database: string,
  noted: PepperNotes,
  peppers: Peppers,
): readonly { readonly name: string; readonly value: string }[] {
  const [foreign] = foreignPeppers(noted, peppers);
  if (foreign !== undefined)
    throw new Failure(
      'state_mismatch',
      `${database} was made with another pepper: number ${foreign.kid} ${foreign.is === 'missing' ? 'is missing' : 'differs'}`,
      'Use the state directory that made it, or restore its pepper file.',
    );
  return peppers
    .kids()
    .filter((kid) => !noted.has(kid))
    .map((kid) => ({ name: `${PEPPER_NOTE}${kid}`, value: pepperCheck(pepperOf(peppers, kid)) }));
}

/** Why stored answers cannot be judged with these peppers, if so. */
export function wrongPepper(noted: PepperNotes, peppers: Peppers): string | undefined {
  const [foreign] = foreignPeppers(noted, peppers);
  if (foreign === undefined) return undefined;
  const { kid, is } = foreign;
  return is === 'missing' ? `the pepper file has no number ${kid}` : `pepper ${kid} is not the one of this database`;
}
