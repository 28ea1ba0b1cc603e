#!/usr/bin/env node
// SPDX-License-Identifier: GPL-3.0-or-later
// client.js: lists the benches. client.js BENCH MOTOR.yaml REPORT.pdf: runs an inspection, follows it live and saves its report.
// Needs dbus-next ("npm install dbus-next"). The bench is held for as long as this program runs: when it ends in the middle, the run
// is paused after the grace time of the bench file.
'use strict';
const { execFileSync } = require('node:child_process');
const { readFileSync } = require('node:fs');
const dbus = require('dbus-next');

const NAME = 'org.motorbench1';
const ROOT = '/org/motorbench1';
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const ENDED = ['done', 'aborted', 'fault'];

// The interface of an object, its properties in the object `properties`.
async function open(bus, path, name) {
  const object = await bus.getProxyObject(NAME, path);
  const properties = object.getInterface(PROPERTIES);
  const get = async (property) => (await properties.Get(`${NAME}.${name}`, property)).value;
  return { methods: object.getInterface(`${NAME}.${name}`), properties, get };
}

async function listBenches(bus) {
  const manager = await open(bus, ROOT, 'Manager');
  for (const [name, path] of await manager.methods.ListBenches()) {
    const bench = await open(bus, path, 'Bench');
    const simulated = (await bench.get('Simulated')) ? ', simulated' : '';
    console.log(`${name}: ${await bench.get('SafeState')}${simulated} ${await bench.get('Fault')}`);
  }
}

// Prints each event until the run has ended; returns its verdict.
async function follow(bus, path) {
  const run = await open(bus, path, 'Run');
  run.methods.on('Event', (kind, step, text) => console.log(`${kind} ${step}: ${text}`));
  const ended = new Promise((resolve) => {
    run.properties.on('PropertiesChanged', (_name, values) => {
      if (values.State && ENDED.includes(values.State.value)) resolve();
    });
  });
  if (!ENDED.includes(await run.get('State'))) await ended; // it may have ended before we listened
  const verdict = await run.get('Verdict');
  console.log(`${await run.get('State')}: ${verdict} ${await run.get('Reason')}`);
  return verdict;
}

// The daemon hands reports over as file descriptors, which node cannot take: the command line fetches it.
function saveReport(runPath, target) {
  const label = runPath.slice(runPath.lastIndexOf('/') + 1);
  const uuid = label.replace(/_([0-9a-f]{2})/g, (_all, code) => String.fromCharCode(parseInt(code, 16)));
  const address = process.env.DBUS_SYSTEM_BUS_ADDRESS;
  execFileSync('motorbench', ['report', uuid, '-o', target, ...(address ? ['--bus', address] : [])]);
  console.log(`report in ${target}`);
}

async function main(bus, words) {
  if (words.length !== 3) {
    await listBenches(bus);
    return 0;
  }
  const [bench, motor, report] = words;
  const text = (value) => new dbus.Variant('s', value);
  const manager = await open(bus, ROOT, 'Manager');
  const document = { document: text(readFileSync(motor, 'utf8')), name: text(motor) };
  const path = await manager.methods.StartInspection(bench, document, {});
  const verdict = await follow(bus, path);
  saveReport(path, report);
  return verdict === 'PASS' ? 0 : 1;
}

const bus = dbus.systemBus(); // or where DBUS_SYSTEM_BUS_ADDRESS says
main(bus, process.argv.slice(2)).then(
  (status) => { process.exitCode = status; },
  (error) => { console.error(`client: ${error.message || error}`); process.exitCode = 4; },
).finally(() => bus.disconnect());
