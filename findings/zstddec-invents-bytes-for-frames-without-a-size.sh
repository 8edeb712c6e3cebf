#!/usr/bin/env bash
# zstddec 0.3.4 beside fzstd 0.1.1 (npm), Node.js 20.
#
# A zstd frame need not say how long its content is: Frame_Content_Size is optional (RFC 8878 §3.1.1.1.4), and a writer that compresses a stream leaves
# it out, as `zstd` does with its standard input; an object of a SEP-54 ledger store may well be such a frame. For it, zstddec's decode() returns
# megabytes that are not the content, and no error: it takes "unknown" (2^64 - 1) for a size, the allocation fails, and the code of the decompressor's
# error becomes a length. One such frame after others is enough. Its README says that decode() without a length may fail with an error; none comes.
# Given a length, also one that is too large, decode() is right. decode() of zstddec/stream is right without one, and so is fzstd.
#
# The way out: zstddec/stream.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zstddec@0.3.4 fzstd@0.1.1
cat > finding.mjs <<'X'
import * as fzstd from 'fzstd';
import { ZSTDDecoder } from 'zstddec';
import { ZSTDDecoder as StreamDecoder } from 'zstddec/stream';

const whole = new ZSTDDecoder(), stream = new StreamDecoder();
await whole.init();
await stream.init();
// A frame of one raw block (RFC 8878 §3.1.1): with its length in one byte (a single segment), or with a window of 1 MiB and no length.
const frame = (text, sized) => Uint8Array.from([0x28, 0xB5, 0x2F, 0xFD, ...(sized ? [0x20, text.length] : [0x00, 0x50]),
  text.length << 3 | 1, 0, 0, ...Buffer.from(text)]);
const sized = frame('with a size|', true), unsized = frame('without a size', false);
const show = (bytes) => (bytes.length < 100 ? Buffer.from(bytes).toString() : `${Math.floor(bytes.length / 1e6)} million bytes`);
for (const [name, ...frames] of [['sized', sized], ['two sized', sized, sized], ['unsized', unsized], ['both', sized, unsized]]) {
  const file = Uint8Array.from(Buffer.concat(frames));
  console.log(`${name}, fzstd: ${show(fzstd.decompress(file))}`);
  console.log(`${name}, zstddec/stream: ${show(stream.decode(file))}`);
  console.log(`${name}, zstddec with a length: ${show(whole.decode(file, 1000))}`);
  console.log(`${name}, zstddec: ${show(whole.decode(file))}`);
}
X
node finding.mjs | tee actual
cat > expected <<'X'
sized, fzstd: with a size|
sized, zstddec/stream: with a size|
sized, zstddec with a length: with a size|
sized, zstddec: with a size|
two sized, fzstd: with a size|with a size|
two sized, zstddec/stream: with a size|with a size|
two sized, zstddec with a length: with a size|with a size|
two sized, zstddec: with a size|with a size|
unsized, fzstd: without a size
unsized, zstddec/stream: without a size
unsized, zstddec with a length: without a size
unsized, zstddec: 16 million bytes
both, fzstd: with a size|without a size
both, zstddec/stream: with a size|without a size
both, zstddec with a length: with a size|without a size
both, zstddec: 16 million bytes
X
diff expected actual && echo "as described"
