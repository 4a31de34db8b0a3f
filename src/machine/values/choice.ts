/** One of a few words, and lists of values. */
import { closest } from '../../errors/closest.ts';
import { mustBe, type ValueForm, written } from './form.ts';

export function oneOf<const T extends string>(
  ...accepted: readonly T[]
): ValueForm<T> & { readonly choices: readonly T[] } {
  const accepts = alternatives(accepted);
  return {
    read(value, refuse) {
      const given = written(value);
      const found = accepted.find((name) => name === given);
      if (found === undefined) throw refuse(`${mustBe(accepts, value)}${closest(given, accepted)}`);
      return found;
    },
    write: (value) => value,
    placeholder: 'mode',
    accepts,
    schema: { enum: accepted },
    choices: accepted,
  };
}

/** `a, b or c` */
export function alternatives(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** A switch; in a file, with or without quotes. */
export const onOff: ValueForm<'true' | 'false'> = {
  ...oneOf('true', 'false'),
  placeholder: '',
  schema: { enum: [true, false, 'true', 'false'] },
};

/** A list, one value, or several values separated by commas. */
export function listOf<T>(form: ValueForm<T>): ValueForm<readonly T[]> {
  return {
    read(value, refuse) {
      const items = (Array.isArray(value) ? value : [value]).flatMap((item: unknown) =>
        typeof item === 'string' ? item.split(',').map((part) => part.trim()) : [item],
      );
      return items.map((item) => form.read(item, refuse));
    },
    write: (values) => values.map((value) => form.write(value)).join(','),
    placeholder: form.placeholder,
    accepts: `${form.accepts}; or several, separated by commas`,
    schema: { anyOf: [form.schema, { type: 'array', items: form.schema }] },
    isList: true,
  };
}
