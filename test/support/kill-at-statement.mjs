// Preloaded into a program under test, which knows nothing of it: the process kills itself at one SQL statement.
//   KILL_AT           `before:<text>`: as the first statement that begins with the text is about to run
//                     `commit`, `committed`: before or right after the first commit of a stored answer
//                     `statement:<n>`: as the statement of this number is about to run
//   COUNT_FROM        `start`, or `request`: the first HTTP request that arrives
//   STATEMENT_COUNT   a file that gets the number of statements when the process ends by itself
import diagnostics from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { DatabaseSync, StatementSync } from 'node:sqlite';

const { KILL_AT = '', COUNT_FROM, STATEMENT_COUNT } = process.env;
const [when, what] = KILL_AT.split(/:(.*)/s);
let counting = COUNT_FROM !== 'request';
let count = 0;
let stored = false;

diagnostics.subscribe('http.server.request.start', () => {
  counting = true;
});

function die() {
  process.kill(process.pid, 'SIGKILL');
}

function before(sql) {
  if (counting) count++;
  if (when === 'statement' && counting && count === Number(what)) die();
  if (when === 'before' && sql.startsWith(what)) die();
  if (when === 'commit' && stored && sql === 'COMMIT') die();
  stored ||= sql.startsWith('INSERT INTO callback_records');
}

function after(sql) {
  if (when === 'committed' && stored && sql === 'COMMIT') die();
}

function watch(prototype, name, sqlOf) {
  const original = prototype[name];
  prototype[name] = function (...parameters) {
    const sql = sqlOf(this, parameters).trim();
    before(sql);
    const result = original.apply(this, parameters);
    after(sql);
    return result;
  };
}

watch(DatabaseSync.prototype, 'exec', (_, [sql]) => sql);
for (const name of ['run', 'get', 'all', 'iterate']) watch(StatementSync.prototype, name, ({ sourceSQL }) => sourceSQL);

if (STATEMENT_COUNT) process.on('exit', () => writeFileSync(STATEMENT_COUNT, String(count)));
