#!/usr/bin/env bash
# @stellar/stellar-sdk 17.2.0 and @stellar/stellar-base 15.0.0 (npm), Node.js 20.
#
# The two assets of a liquidity pool are in ascending order, "ordered field-wise lexicographically" (CAP-38): type, code, and the 32 bytes of the
# issuer's key, which is the order of their XDR bytes; stellar-core refuses a pool for which assetA < assetB does not hold. Asset.compare compares
# issuers as "G…" texts. Base32 counts A to Z before 2 to 7 (RFC 4648 §6), ASCII the other way round, so two assets of one code whose issuers differ
# first in a letter and a digit are in the opposite order: 8 % of all pairs of issuers.
#
# For the pool of such a pair, which exists on the ledger,
#   getLiquidityPoolId throws "Assets are not in lexicographic order"; given the other order, it returns the id of a pool that cannot exist;
#   Operation.fromXdrObject cannot read the change_trust operation that made the trustline, although its bytes are read without an error.
# So an indexer stops at a valid transaction, or joins shares and pools by an id that is nowhere.
#
# The way out: order assets by their XDR bytes, hash LiquidityPoolParameters yourself, and read pool shares from the xdr classes.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @stellar/stellar-sdk@17.2.0 @stellar/stellar-base@15.0.0
cat > finding.mjs <<'X'
import { createHash } from 'node:crypto';
import * as sdk from '@stellar/stellar-sdk';
import * as base from '@stellar/stellar-base';

// 200 real accounts: how many pairs of issuers does the text order turn round?
const keys = Array.from({ length: 200 }, (_, i) => sdk.Keypair.fromRawEd25519Seed(Buffer.alloc(32, i + 1)))
  .map((pair) => ({ raw: Buffer.from(pair.rawPublicKey()), text: pair.publicKey() }));
let turned = 0, pairs = 0, example;
for (const [i, a] of keys.entries()) for (const b of keys.slice(i + 1)) {
  pairs++;
  if ((Buffer.compare(a.raw, b.raw) < 0) === (a.text < b.text)) continue;
  turned++;
  example ??= Buffer.compare(a.raw, b.raw) < 0 ? [a, b] : [b, a];
}
console.log(`pairs of issuers in the opposite order: ${Math.round(100 * turned / pairs)} %`);

const u32 = (n) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(n); return bytes; };
const xdrOf = (key) => Buffer.concat([u32(1), Buffer.from('USD\0'), u32(0), key.raw]); // Asset, ASSET_TYPE_CREDIT_ALPHANUM4
const parameters = Buffer.concat([u32(0), ...example.map(xdrOf), u32(30)]); // LiquidityPoolParameters: constant product, fee 30
const id = createHash('sha256').update(parameters).digest('hex');
const operation = Buffer.concat([u32(0), u32(6), u32(3), parameters, Buffer.from('7fffffffffffffff', 'hex')]); // change_trust, ASSET_TYPE_POOL_SHARE
console.log(`first < second in XDR bytes: ${Buffer.compare(...example.map(xdrOf)) < 0}`);

for (const [name, S] of [['sdk', sdk], ['base', base]]) {
  const [a, b] = example.map((key) => new S.Asset('USD', key.text));
  const attempt = (what, run) => {
    let result;
    try { result = run(); } catch (error) { result = `error: ${error.message}`; }
    console.log(`${name}, ${what}: ${result}`);
  };
  const poolId = (assetA, assetB) => {
    const found = Buffer.from(S.getLiquidityPoolId('constant_product', { assetA, assetB, fee: 30 })).toString('hex');
    return found === id ? "the pool's id" : 'another id';
  };
  const read = () => (S.xdr.Operation.fromXdr ?? S.xdr.Operation.fromXDR).call(S.xdr.Operation, operation.toString('base64'), 'base64');
  attempt('Asset.compare(first, second)', () => S.Asset.compare(a, b));
  attempt('id of (first, second)', () => poolId(a, b));
  attempt('id of (second, first)', () => poolId(b, a));
  attempt('xdr of the operation', () => { read(); return 'read'; });
  attempt('the operation', () => (S.Operation.fromXdrObject ?? S.Operation.fromXDRObject).call(S.Operation, read()).type);
}
X
node finding.mjs | tee actual
cat > expected <<'X'
pairs of issuers in the opposite order: 8 %
first < second in XDR bytes: true
sdk, Asset.compare(first, second): 1
sdk, id of (first, second): error: Assets are not in lexicographic order
sdk, id of (second, first): another id
sdk, xdr of the operation: read
sdk, the operation: error: Assets are not in lexicographic order
base, Asset.compare(first, second): 1
base, id of (first, second): error: Assets are not in lexicographic order
base, id of (second, first): another id
base, xdr of the operation: read
base, the operation: error: Assets are not in lexicographic order
X
diff expected actual && echo "as described"
