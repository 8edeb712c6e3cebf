#!/usr/bin/env bash
# @stellar/stellar-sdk 17.2.0 and @stellar/stellar-base 15.0.0 beside @stellar/stellar-xdr-json 27.0.0 (npm), Node.js 20.
#
# The keys of an SCMap are values of any type, each there once, in ascending order (CAP-46-01). scValToNative makes a JavaScript object of it, whose
# keys are texts: each key becomes what JavaScript makes of it as a text, and of the entries whose texts are equal only the last one remains. Nothing
# is thrown and the loss cannot be seen in the result. Equal texts come from
#   keys of two types: a number and a symbol of its digits, a string and a symbol, a vector and a symbol with commas;
#   keys of one type that are maps (structs): all of them are "[object Object]";
#   with stellar-base, keys of one type that are bytes: they are read as UTF-8, and all bytes that are not valid become U+FFFD.
# The order is not the ledger's either: JavaScript puts keys that look like small integers first.
# So an indexer that stores the data of contract events or storage entries as native values drops entries of some of them.
#
# The way out: go through the entries of the xdr value yourself, or store XDR-JSON (SEP-51), where a map is a list of entries.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @stellar/stellar-sdk@17.2.0 @stellar/stellar-base@15.0.0 @stellar/stellar-xdr-json@27.0.0
cat > finding.mjs <<'X'
import { readFileSync } from 'node:fs';
import init, { decode } from '@stellar/stellar-xdr-json';
import * as sdk from '@stellar/stellar-sdk';
import * as base from '@stellar/stellar-base';

await init(readFileSync('node_modules/@stellar/stellar-xdr-json/stellar_xdr_json_bg.wasm'));
const int = (n) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(n); return bytes; };
const opaque = (type, bytes) => Buffer.concat([int(type), int(bytes.length), bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
const list = (type, items) => Buffer.concat([int(type), int(1), int(items.length), ...items.flat()]);
const u32 = (n) => Buffer.concat([int(3), int(n)]), bytes = (hex) => opaque(13, Buffer.from(hex, 'hex'));
const string = (text) => opaque(14, Buffer.from(text)), symbol = (text) => opaque(15, Buffer.from(text));
const vec = (...items) => list(16, items), map = (...entries) => list(17, entries);

for (const [what, value] of [
  ['u32 1, symbol 1', map([u32(1), u32(100)], [symbol('1'), u32(200)])],
  ['string a, symbol a', map([string('a'), u32(100)], [symbol('a'), u32(200)])],
  ['vec (1, 2), vec (symbol 1, 2)', map([vec(u32(1), u32(2)), u32(100)], [vec(symbol('1'), u32(2)), u32(200)])],
  ['struct {a: 1}, struct {a: 2}', map([map([symbol('a'), u32(1)]), u32(100)], [map([symbol('a'), u32(2)]), u32(200)])],
  ['bytes 80, bytes 81', map([bytes('80'), u32(100)], [bytes('81'), u32(200)])],
  ['symbols 10, 2 (in the order of the ledger)', map([symbol('10'), u32(100)], [symbol('2'), u32(200)])],
]) {
  const text = value.toString('base64');
  console.log(`${what}: ${JSON.parse(decode('ScVal', text)).map.length} entries`);
  for (const [name, S] of [['sdk', sdk], ['base', base]]) {
    const read = (S.xdr.ScVal.fromXdr ?? S.xdr.ScVal.fromXDR).call(S.xdr.ScVal, text, 'base64');
    console.log(`  ${name}: ${JSON.stringify(S.scValToNative(read)).replace('\ufffd', 'U+FFFD')}`);
  }
}
X
node finding.mjs 2>/dev/null | tee actual
cat > expected <<'X'
u32 1, symbol 1: 2 entries
  sdk: {"1":200}
  base: {"1":200}
string a, symbol a: 2 entries
  sdk: {"a":200}
  base: {"a":200}
vec (1, 2), vec (symbol 1, 2): 2 entries
  sdk: {"1,2":200}
  base: {"1,2":200}
struct {a: 1}, struct {a: 2}: 2 entries
  sdk: {"[object Object]":200}
  base: {"[object Object]":200}
bytes 80, bytes 81: 2 entries
  sdk: {"128":100,"129":200}
  base: {"U+FFFD":200}
symbols 10, 2 (in the order of the ledger): 2 entries
  sdk: {"2":200,"10":100}
  base: {"2":200,"10":100}
X
diff expected actual && echo "as described"
