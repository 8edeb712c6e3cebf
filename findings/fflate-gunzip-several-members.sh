#!/usr/bin/env bash
# fflate 0.8.3 beside pako 3.0.3 (npm), Node.js 20 and its zlib.
#
# A gzip file may consist of several members, one after the other, which stand for the concatenation of their contents (RFC 1952 §2.2): what
# `cat a.gz b.gz`, bgzip, or an appending writer of *.xdr.gz files leaves. fflate's streaming Gunzip, pako and zlib give all of them. fflate's gunzipSync
# takes the size that stands at the end of the file, which is the last member's, for that of the whole: it gives the first member, cut to the length
# of the last one, and no error.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund fflate@0.8.3 pako@3.0.3
cat > finding.mjs <<'X'
import { gzipSync as gzip, gunzipSync as zlibGunzip } from 'node:zlib';
import { gunzipSync, Gunzip } from 'fflate';
import * as pako from 'pako';

const file = Buffer.concat([gzip('a first member|'), gzip('second')]);
const text = (bytes) => Buffer.from(bytes).toString();
const streamed = [];
const stream = new Gunzip((chunk) => streamed.push(chunk));
stream.push(new Uint8Array(file), true);
console.log(`node zlib: ${text(zlibGunzip(file))}`);
console.log(`pako ungzip: ${text(pako.ungzip(file))}`);
console.log(`fflate Gunzip: ${text(Buffer.concat(streamed))}`);
console.log(`fflate gunzipSync: ${text(gunzipSync(new Uint8Array(file)))}`);

const longer = Buffer.concat([gzip('first'), gzip('a longer member')]);
console.log(`fflate gunzipSync, last member longer: ${JSON.stringify(text(gunzipSync(new Uint8Array(longer))))}`);
X
node finding.mjs | tee actual
cat > expected <<'X'
node zlib: a first member|second
pako ungzip: a first member|second
fflate Gunzip: a first member|second
fflate gunzipSync: a firs
fflate gunzipSync, last member longer: "first"
X
diff expected actual && echo "as described"
