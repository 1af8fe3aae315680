#!/usr/bin/env node
/* global process */
// Plain old JavaScript without static imports, so that an old Node gets as far as the sentence below instead of a syntax error.

var needed = [22, 18];
var found = process.versions.node.split('.').map(Number);

// Credentials may stand in arguments; the title that `ps` shows must not repeat them.
process.title = 'runledger';

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write('error: runledger needs Node.js ' + needed.join('.') + ' or newer, and this is ' + process.version + '\n');
  process.exitCode = 2;
} else {
  start();
}

function start() {
  load()
    .then(function (cli) {
      return cli.main(process.argv.slice(2));
    })
    .then(
      function (code) {
        process.exitCode = code;
      },
      function (error) {
        process.stderr.write('error: runledger cannot start: ' + ((error && error.stack) || error) + '\n');
        process.exitCode = 1;
      },
    );
}

/** The repository's sources where they are; an installed package ships only what was built from them. */
function load() {
  withoutTypeStrippingWarning();
  return import('../src/cli/main.ts').catch(function (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND' || !/\/src\/cli\/main\.ts$/.test(error.url || '')) throw error;
    return import('../dist/cli/main.js');
  });
}

function withoutTypeStrippingWarning() {
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning) {
    if (/type stripping/i.test(String(warning))) return;
    emitWarning.apply(process, arguments);
  };
}
