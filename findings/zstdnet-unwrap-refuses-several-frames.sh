#!/usr/bin/env bash
# ZstdNet 1.5.7 beside ZstdSharp.Port 0.8.8 (NuGet), .NET 10.
#
# A zstd file may hold several frames, skippable ones among them (RFC 8878 §3): an object of a SEP-54 ledger store that was written in parts, or by
# pzstd. ZstdNet's Decompressor.Unwrap takes the size of the first frame for that of the whole and fails with "Destination buffer is too small",
# also where the first frame is a skippable one; a frame without a content size it refuses with another error. Its DecompressionStream reads them
# all. ZstdSharp.Port reads them all both ways.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="ZstdNet" Version="1.5.7" />
    <PackageReference Include="ZstdSharp.Port" Version="0.8.8" />
  </ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Text;

using var compressor = new ZstdSharp.Compressor();
byte[] first = compressor.Wrap("first|"u8).ToArray(), second = compressor.Wrap("second"u8).ToArray();
byte[] skippable = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
var unsized = new MemoryStream();
using (var stream = new ZstdSharp.CompressionStream(unsized, leaveOpen: true)) stream.Write("without a size"u8);

foreach ((string name, byte[] file) in new (string, byte[])[]
    { ("one frame", first), ("two frames", [.. first, .. second]), ("a skippable frame first", [.. skippable, .. first]), ("no content size", unsized.ToArray()) })
{
    Show($"ZstdNet Unwrap, {name}", () => { using var d = new ZstdNet.Decompressor(); return d.Unwrap(file); });
    Show($"ZstdNet stream, {name}", () => Drain(new ZstdNet.DecompressionStream(new MemoryStream(file))));
    Show($"ZstdSharp Unwrap, {name}", () => { using var d = new ZstdSharp.Decompressor(); return d.Unwrap(file).ToArray(); });
    Show($"ZstdSharp stream, {name}", () => Drain(new ZstdSharp.DecompressionStream(new MemoryStream(file))));
}

static void Show(string what, Func<byte[]> read)
{
    try { Console.WriteLine($"{what}: {Encoding.UTF8.GetString(read())}"); }
    catch (Exception error) { Console.WriteLine($"{what}: {error.GetType().Name}: {error.Message}"); }
}

static byte[] Drain(Stream stream)
{
    using (stream)
    {
        var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
X
dotnet run -c Release 2>&1 | tee actual
cat > expected <<'X'
ZstdNet Unwrap, one frame: first|
ZstdNet stream, one frame: first|
ZstdSharp Unwrap, one frame: first|
ZstdSharp stream, one frame: first|
ZstdNet Unwrap, two frames: ZstdException: Destination buffer is too small
ZstdNet stream, two frames: first|second
ZstdSharp Unwrap, two frames: first|second
ZstdSharp stream, two frames: first|second
ZstdNet Unwrap, a skippable frame first: ZstdException: Destination buffer is too small
ZstdNet stream, a skippable frame first: first|
ZstdSharp Unwrap, a skippable frame first: first|
ZstdSharp stream, a skippable frame first: first|
ZstdNet Unwrap, no content size: ZstdException: Decompressed content size is not specified
ZstdNet stream, no content size: without a size
ZstdSharp Unwrap, no content size: without a size
ZstdSharp stream, no content size: without a size
X
diff expected actual && echo "as described"
