#!/usr/bin/env bash
# @stellar/stellar-xdr-json 27.0.0 (npm), Node.js 20.
#
# 64-bit integers are JSON strings wherever they are fields of a structure, arms of a union or typedefs (balances, SequenceNumber, TimePoint, ScVal).
# Decoded by themselves as `Int64` or `Uint64` they are bare JSON numbers: JSON.parse rounds them above 2^53, and encode() refuses what it then gets.
# The library's own decode() → JSON.parse → JSON.stringify → encode() does not come back for them, and for them only.
#
# Asset codes: AssetCode4 loses its trailing zeros, AssetCode12 only down to five characters, so that the JSON text tells the two types apart:
# a code "AB" of the 12-character type is printed as AB\0\0\0.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @stellar/stellar-xdr-json@27.0.0
cat > finding.mjs <<'X'
import { readFileSync } from 'node:fs';
import init, { decode, encode } from '@stellar/stellar-xdr-json';

await init(readFileSync('node_modules/@stellar/stellar-xdr-json/stellar_xdr_json_bg.wasm'));
const base64 = (hex) => Buffer.from(hex, 'hex').toString('base64');
const value = '0020000000000001'; // 2^53 + 1
for (const [type, xdr] of [['Int64', value], ['Uint64', value], ['SequenceNumber', value], ['TimePoint', value], ['Liabilities', value + value], ['ScVal', '00000006' + value]]) {
  const text = decode(type, base64(xdr));
  let back;
  try { back = encode(type, JSON.stringify(JSON.parse(text))) === base64(xdr) ? 'the same bytes' : 'other bytes'; } catch { back = 'an error'; }
  console.log(`${type}: ${text}, through JSON.parse: ${back}`);
}
for (const [type, xdr] of [['AssetCode4', '41420000'], ['AssetCode12', '414200000000000000000000']]) console.log(`${type} AB: ${decode(type, base64(xdr))}`);
X
node finding.mjs 2>/dev/null | tee actual
cat > expected <<'X'
Int64: 9007199254740993, through JSON.parse: other bytes
Uint64: 9007199254740993, through JSON.parse: other bytes
SequenceNumber: "9007199254740993", through JSON.parse: the same bytes
TimePoint: "9007199254740993", through JSON.parse: the same bytes
Liabilities: {"buying":"9007199254740993","selling":"9007199254740993"}, through JSON.parse: the same bytes
ScVal: {"i64":"9007199254740993"}, through JSON.parse: the same bytes
AssetCode4 AB: "AB"
AssetCode12 AB: "AB\\0\\0\\0"
X
diff expected actual && echo "as described"
