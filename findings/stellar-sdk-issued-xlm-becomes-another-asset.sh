#!/usr/bin/env bash
# @stellar/stellar-sdk 17.2.0 and @stellar/stellar-base 15.0.0 beside @stellar/stellar-xdr-json 27.0.0 (npm), Node.js 20.
#
# An asset code is any letters and digits, and case counts (stellar-core's isAssetValid): "xlm" of an issuer is an asset like "usd" of that issuer, and
# another one than "XLM" of that issuer. The constructor of Asset turns each spelling of "xlm" into "XLM", which is meant for the native asset, but it
# does so where there is an issuer too, and Asset.fromOperation, which reads the assets of operations and trustlines, goes through it. So the asset
# that a transaction moved is named as another one, two assets of one issuer become equal, toXdrObject gives other bytes than were read, and
# contractId gives the address of another Stellar Asset Contract. Nothing is thrown, and no other code is affected.
#
# The way out: take code and issuer from the xdr class (alphaNum4.assetCode), not from an Asset that was made of it.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @stellar/stellar-sdk@17.2.0 @stellar/stellar-base@15.0.0 @stellar/stellar-xdr-json@27.0.0
cat > finding.mjs <<'X'
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import init, { decode } from '@stellar/stellar-xdr-json';
import * as sdk from '@stellar/stellar-sdk';
import * as base from '@stellar/stellar-base';

await init(readFileSync('node_modules/@stellar/stellar-xdr-json/stellar_xdr_json_bg.wasm'));
const issuer = sdk.Keypair.fromRawEd25519Seed(Buffer.alloc(32, 1));
const u32 = (n) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(n); return bytes; };
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();
const assetXdr = (code) => Buffer.concat([u32(1), Buffer.from(code.padEnd(4, '\0')), u32(0), Buffer.from(issuer.rawPublicKey())]);
// The contract of an asset: SHA-256 of HashIDPreimage (ENVELOPE_TYPE_CONTRACT_ID = 8, CONTRACT_ID_PREIMAGE_FROM_ASSET = 1), CAP-46-06.
const contractOf = (asset) => sdk.StrKey.encodeContract(sha256(u32(8), sha256(Buffer.from(sdk.Networks.PUBLIC)), u32(1), asset));

for (const code of ['usd', 'xlm', 'Xlm', 'XLM']) {
  const asset = assetXdr(code), text = asset.toString('base64');
  console.log(`${code}: stellar-xdr-json reads ${JSON.parse(decode('Asset', text)).credit_alphanum4.asset_code}`);
  for (const [name, S] of [['sdk', sdk], ['base', base]]) {
    const read = S.Asset.fromOperation((S.xdr.Asset.fromXdr ?? S.xdr.Asset.fromXDR).call(S.xdr.Asset, text, 'base64'));
    const written = (read.toXdrObject ?? read.toXDRObject).call(read);
    const same = (written.toXdr ?? written.toXDR).call(written, 'base64') === text;
    const contract = read.contractId(S.Networks.PUBLIC) === contractOf(asset) ? "the asset's" : "another asset's";
    console.log(`${code}: ${name} reads ${read.getCode()}, bytes ${same ? 'the same' : 'others'}, contract ${contract}`);
  }
}
X
node finding.mjs 2>/dev/null | tee actual
cat > expected <<'X'
usd: stellar-xdr-json reads usd
usd: sdk reads usd, bytes the same, contract the asset's
usd: base reads usd, bytes the same, contract the asset's
xlm: stellar-xdr-json reads xlm
xlm: sdk reads XLM, bytes others, contract another asset's
xlm: base reads XLM, bytes others, contract another asset's
Xlm: stellar-xdr-json reads Xlm
Xlm: sdk reads XLM, bytes others, contract another asset's
Xlm: base reads XLM, bytes others, contract another asset's
XLM: stellar-xdr-json reads XLM
XLM: sdk reads XLM, bytes the same, contract the asset's
XLM: base reads XLM, bytes the same, contract the asset's
X
diff expected actual && echo "as described"
