#!/usr/bin/env node
/* global process, setImmediate */
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
  var signals = holdSignals();
  keepHeapSmall()
    .then(load)
    .then(function (cli) {
      // Signals are delivered between turns of the event loop, and loading may have left it none.
      return new Promise(function (resolve) {
        setImmediate(resolve, cli);
      });
    })
    .then(function (cli) {
      var done = cli.runProcess(process.argv.slice(2), signals.held);
      signals.release();
      return done;
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

/**
 * What comes while the code is being loaded is given to the command, which knows what it means to it; a second signal ends the process at once.
 * Without this a container's first process would not notice it at all.
 */
function holdSignals() {
  var held = [];
  function hold(name) {
    held.push(name);
    if (held.length > 1) process.exit(held[0] === 'SIGINT' ? 130 : 143);
  }
  process.on('SIGINT', hold).on('SIGTERM', hold);
  return {
    held: held,
    release: function () {
      process.off('SIGINT', hold).off('SIGTERM', hold);
    },
  };
}

/**
 * A full scan makes much garbage and keeps little. Left alone, V8 lets the heap grow to several times what is kept before it collects; these two, which it
 * heeds at any time, keep a scan of a million records where one of a thousand is. `gc` is for the answers that are as large as an answer may be, see
 * src/extract/large-answers.ts.
 */
function keepHeapSmall() {
  return Promise.all([import('node:v8'), import('node:vm')]).then(function (modules) {
    modules[0].setFlagsFromString('--semi-space-growth-factor=1');
    modules[0].setFlagsFromString('--heap-growing-percent=50');
    modules[0].setFlagsFromString('--expose-gc');
    globalThis.gc = modules[1].runInNewContext('gc');
  });
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
