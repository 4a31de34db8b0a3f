// Preloaded into a program under test, which knows nothing of it: counts the SQL statements of the process.
//   KILL_AT_STATEMENT   the process kills itself as the statement of this number is about to run
//   COUNT_FROM          `start`, or `request`: the first HTTP request that arrives
//   STATEMENT_COUNT     a file that gets the number of statements when the process ends by itself
import diagnostics from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';

const { KILL_AT_STATEMENT, COUNT_FROM, STATEMENT_COUNT } = process.env;
const last = Number(KILL_AT_STATEMENT ?? Number.POSITIVE_INFINITY);
let counting = COUNT_FROM !== 'request';
let count = 0;

diagnostics.subscribe('http.server.request.start', () => {
  counting = true;
});

function counted(prototype, name) {
  const original = prototype[name];
  prototype[name] = function (...parameters) {
    if (counting && ++count === last) process.kill(process.pid, 'SIGKILL');
    return original.apply(this, parameters);
  };
}

counted(DatabaseSync.prototype, 'exec');
for (const name of ['run', 'get', 'all', 'iterate']) counted(StatementSync.prototype, name);

if (STATEMENT_COUNT) process.on('exit', () => writeFileSync(STATEMENT_COUNT, String(count)));
