/** The row of a setting: its name, description, value form, default and allowed sources. */
import type { ValueForm } from '../values/form.ts';

export interface Setting<T> {
  /** Its description in help and documents: a clause without a full stop. */
  readonly says: string;
  readonly form: ValueForm<T>;
  /** The environment variable. */
  readonly env: string;
  readonly fallback: T;
  /** The default in words, if it depends on something else. */
  readonly fallbackSays?: string;
  /** The name of the value in help, between < and >; by default that of the form. */
  readonly placeholder?: string;
  /**
   * The reason why a configuration file that was found upwards must not set it: such a file may come with a downloaded
   * directory. A flag, a variable or a file named by --config may set it.
   */
  readonly notFound?: string;
  /** What is wrong with a value that is good elsewhere, but not on a command line. */
  readonly notInFlag?: (value: never) => string | undefined;
  /** An empty variable is refused. For other settings it counts as absent, but here the default would do harm in silence. */
  readonly neverEmpty?: true;
  /** Has no flag, because every user of the machine can read command lines; its value is never shown. */
  readonly secret?: true;
}

export type SettingRows = Readonly<Record<string, Setting<unknown>>>;

export type ValueOf<S> = S extends { form: ValueForm<infer T> } ? T : never;

type CamelCase<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S;
type SnakeCase<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}_${SnakeCase<Tail>}` : S;
type UnitOf<S> = S extends { form: { unit: infer U } } ? U : undefined;

type PropertyName<N extends string, S> = UnitOf<S> extends 'milliseconds' ? `${CamelCase<N>}Ms` : CamelCase<N>;
type FieldName<N extends string, S> = UnitOf<S> extends string ? `${SnakeCase<N>}_${UnitOf<S>}` : SnakeCase<N>;

/** The values of some rows by setting name. */
export type ValuesOf<R extends SettingRows> = { readonly [N in keyof R]: ValueOf<R[N]> };

/** The values as the properties of an object: `a-time`, in milliseconds, is `aTimeMs`. */
export type PropertiesOf<R extends SettingRows> = {
  readonly [N in keyof R & string as PropertyName<N, R[N]>]: ValueOf<R[N]>;
};

/** The values as the fields of a JSON body: `a-time`, in seconds, is `a_time_seconds`. */
export type FieldsOf<R extends SettingRows> = {
  readonly [N in keyof R & string as FieldName<N, R[N]>]: ValueOf<R[N]>;
};

export function defaultsOf<R extends SettingRows>(rows: R): ValuesOf<R> {
  return byName(rows, (name, { fallback }) => [name, fallback]) as ValuesOf<R>;
}

/** @param values values of these rows, and perhaps of others */
export function propertiesOf<R extends SettingRows>(rows: R, values: ValuesOf<R>): PropertiesOf<R> {
  return byName(rows, (name, row) => [propertyName(name, row), values[name]]) as PropertiesOf<R>;
}

/** @param properties as `propertiesOf` makes them */
export function fieldsOf<R extends SettingRows>(rows: R, properties: PropertiesOf<R>): FieldsOf<R> {
  const given = properties as Readonly<Record<string, unknown>>;
  return byName(rows, (name, row) => [fieldName(name, row), given[propertyName(name, row)]]) as FieldsOf<R>;
}

/** The values of fields by setting name; absent fields stay absent. */
export function valuesOfFields<R extends SettingRows>(rows: R, fields: Partial<FieldsOf<R>>): Partial<ValuesOf<R>> {
  const given = fields as Readonly<Record<string, unknown>>;
  return byName(rows, (name, row) => [name, given[fieldName(name, row)]]) as Partial<ValuesOf<R>>;
}

export function fieldName(name: string, { form }: Setting<unknown>): string {
  return `${snakeCase(name)}${form.unit === undefined ? '' : `_${form.unit}`}`;
}

export function snakeCase(name: string): string {
  return name.replaceAll('-', '_');
}

function propertyName(name: string, { form }: Setting<unknown>): string {
  const camelCase = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return `${camelCase}${form.unit === 'milliseconds' ? 'Ms' : ''}`;
}

function byName(rows: SettingRows, entry: (name: string, row: Setting<unknown>) => readonly [string, unknown]): object {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => entry(name, row)));
}
