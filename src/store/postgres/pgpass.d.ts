/** It brings no types. */
declare module 'pgpass' {
  export default function pgpass(
    connection: { readonly host: string; readonly port: number; readonly user: string; readonly database: string },
    done: (password: string | undefined) => void,
  ): void;
}
