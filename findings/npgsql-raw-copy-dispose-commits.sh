#!/usr/bin/env bash
# Npgsql 10.0.3 (NuGet), PostgreSQL 13 or newer from local packages (seen with 15), .NET 10.
#
# The two binary COPY interfaces of one connection end the opposite way when they are disposed without having been completed:
#   NpgsqlBinaryImporter   Dispose cancels; nothing is stored.
#   NpgsqlRawCopyStream    Dispose sends CopyDone, which is success; whatever was sent so far is stored, also when an exception is on its way out.
# PostgreSQL does not stop this: a binary COPY whose trailer (16-bit -1) is missing is accepted if it ends between two rows.
# So `await using` around a raw stream turns an exception in the middle into a committed part, and "COPY n" is never seen by the caller.
# Only CancelAsync() before Dispose undoes it.
set -euo pipefail
work=$(mktemp -d); chmod 755 "$work"; cd "$work"
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir data sock; [ "$(id -u)" = 0 ] && chown 65534:65534 data sock
trap 'as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
as "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D data -w -l "$work/data/log" -o "-c listen_addresses='' -k $work/sock" start >/dev/null
mkdir app && cd app
cat > finding.csproj <<'X'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings><Nullable>enable</Nullable>
    <InvariantGlobalization>true</InvariantGlobalization></PropertyGroup>
  <ItemGroup><PackageReference Include="Npgsql" Version="10.0.3" /></ItemGroup>
</Project>
X
cat > Program.cs <<'X'
using System.Buffers.Binary;
using Npgsql;

await using var db = NpgsqlDataSource.Create($"Host={args[0]};Username=postgres;Database=postgres");
await using NpgsqlConnection c = await db.OpenConnectionAsync();
await Run("CREATE TEMP TABLE t (v bigint)");

try
{
    await using NpgsqlBinaryImporter copy = await c.BeginBinaryImportAsync("COPY t FROM STDIN (FORMAT binary)");
    for (long i = 0; i < 3; i++) { await copy.StartRowAsync(); await copy.WriteAsync(i); }
    throw new InvalidOperationException("the source of the rows fails");
}
catch (InvalidOperationException) { Console.WriteLine($"importer, disposed by an exception: {await Count()} rows"); }

try
{
    await using NpgsqlRawCopyStream copy = await c.BeginRawBinaryCopyAsync("COPY t FROM STDIN (FORMAT binary)");
    await copy.WriteAsync(Rows(3));
    throw new InvalidOperationException("the source of the rows fails");
}
catch (InvalidOperationException) { Console.WriteLine($"raw stream, disposed by an exception: {await Count()} rows"); }

await Run("TRUNCATE t");
NpgsqlRawCopyStream cancelled = await c.BeginRawBinaryCopyAsync("COPY t FROM STDIN (FORMAT binary)");
await cancelled.WriteAsync(Rows(3));
await cancelled.CancelAsync();
await cancelled.DisposeAsync();
Console.WriteLine($"raw stream, cancelled: {await Count()} rows");

NpgsqlRawCopyStream cut = await c.BeginRawBinaryCopyAsync("COPY t FROM STDIN (FORMAT binary)");
await cut.WriteAsync(Rows(3).AsMemory(0, 19 + 2 * 14 + 5));
try { await cut.DisposeAsync(); }
catch (PostgresException error) { Console.WriteLine($"raw stream, cut inside a row: error {error.SqlState}, {await Count()} rows"); }

// Header of COPY's binary format, then rows of one bigint, no trailer.
static byte[] Rows(int count)
{
    byte[] bytes = new byte[19 + count * 14];
    byte[] signature = [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00];
    signature.CopyTo(bytes, 0);
    for (int i = 0; i < count; i++)
    {
        Span<byte> row = bytes.AsSpan(19 + i * 14);
        BinaryPrimitives.WriteInt16BigEndian(row, 1);
        BinaryPrimitives.WriteInt32BigEndian(row[2..], 8);
        BinaryPrimitives.WriteInt64BigEndian(row[6..], i);
    }

    return bytes;
}

async Task<object?> Count() { await using var command = new NpgsqlCommand("SELECT count(*) FROM t", c); return await command.ExecuteScalarAsync(); }
async Task Run(string sql) { await using var command = new NpgsqlCommand(sql, c); await command.ExecuteNonQueryAsync(); }
X
dotnet run -c Release -- "$work/sock" 2>&1 | tee actual
cat > expected <<'X'
importer, disposed by an exception: 0 rows
raw stream, disposed by an exception: 3 rows
raw stream, cancelled: 0 rows
raw stream, cut inside a row: error 22P04, 0 rows
X
diff expected actual && echo "as described"
