// Preloaded into a server under test: the process is killed at one SQL statement, chosen by KILL_AT.
//   before:<text>   as the first statement that begins with the text is about to run
//   commit          as the first commit after an answer was stored is about to run
//   committed       right after it
import { DatabaseSync, StatementSync } from 'node:sqlite';

const [when, text] = (process.env.KILL_AT ?? '').split(/:(.*)/s);
const { exec } = DatabaseSync.prototype;
const { run } = StatementSync.prototype;
let stored = false;

function die() {
  process.kill(process.pid, 'SIGKILL');
}

StatementSync.prototype.run = function (...parameters) {
  if (when === 'before' && this.sourceSQL.trim().startsWith(text)) die();
  if (this.sourceSQL.startsWith('INSERT INTO callback_records')) stored = true;
  return run.apply(this, parameters);
};

DatabaseSync.prototype.exec = function (sql) {
  if (stored && sql === 'COMMIT' && when === 'commit') die();
  exec.call(this, sql);
  if (stored && sql === 'COMMIT' && when === 'committed') die();
};
