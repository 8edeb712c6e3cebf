#!/usr/bin/env bash
# Npgsql 10.0.3 (NuGet), PostgreSQL 13 or newer from local packages (seen with 15), .NET 10.
#
# A numeric that is read as long, int, short or byte (GetInt64, GetFieldValue<long[]>, a mapper's property of that type) loses its fraction, without an
# error: 0.9999999 is 0. A value outside the integer's range is an error, and so is any fraction where the type is BigInteger. The other way is the
# same: a decimal or double that is sent as NpgsqlDbType.Bigint, in a parameter or in a binary COPY, is cut. PostgreSQL itself rounds: '1.5'::numeric
# is 2 as bigint, when it is cast and when it is assigned to a column. So a sum that the server makes and one that the client makes of the same rows
# differ, although Npgsql's documentation of types lists these pairs beside decimal without a remark.
# sum(bigint), avg() and, since PostgreSQL 14, extract(epoch …) are numeric, so this is met without any numeric column.
#
# A 1 with 31 zeros behind its point can be read as BigInteger only: the others go by way of decimal, which holds no more than 28 digits there.
#
# The way out: read BigInteger where there must not be a fraction; cast in SQL where rounding is meant.
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
using System.Numerics;
using Npgsql;
using NpgsqlTypes;

await using var db = NpgsqlDataSource.Create($"Host={args[0]};Username=postgres;Database=postgres");
await using NpgsqlConnection c = await db.OpenConnectionAsync();
foreach (string value in new[] { "0.9999999", "1.5", "-1.5", "9223372036854775807.9", "9223372036854775808", "1." + new string('0', 31) })
{
    string cast = value.StartsWith('9') ? "'out of range'" : $"'{value}'::numeric::bigint::text";
    await using var command = new NpgsqlCommand($"SELECT '{value}'::numeric, {cast}", c);
    await using NpgsqlDataReader row = await command.ExecuteReaderAsync();
    await row.ReadAsync();
    Console.WriteLine($"{value}: PostgreSQL's bigint {row.GetString(1)}, long {Try(() => row.GetInt64(0))}, int {Try(() => row.GetInt32(0))}, "
        + $"BigInteger {Try(() => row.GetFieldValue<BigInteger>(0))}, decimal {Try(() => row.GetDecimal(0))}");
}

await using (var command = new NpgsqlCommand("SELECT ARRAY[0.9, 1.5], $1", c) { Parameters = { new() { Value = 1.5m, NpgsqlDbType = NpgsqlDbType.Bigint } } })
await using (NpgsqlDataReader row = await command.ExecuteReaderAsync())
{
    await row.ReadAsync();
    Console.WriteLine($"0.9 and 1.5 as long[]: {string.Join(" and ", row.GetFieldValue<long[]>(0))}");
    Console.WriteLine($"1.5 sent as a bigint parameter: {row.GetInt64(1)}");
}

await Run("CREATE TEMP TABLE t (v bigint)");
await using (NpgsqlBinaryImporter copy = await c.BeginBinaryImportAsync("COPY t FROM STDIN (FORMAT binary)"))
{
    await copy.StartRowAsync();
    await copy.WriteAsync(1.5m, NpgsqlDbType.Bigint);
    await copy.CompleteAsync();
}

await Run("INSERT INTO t VALUES ('1.5'::numeric)");
await using (var command = new NpgsqlCommand("SELECT string_agg(v::text, ' and ' ORDER BY ctid) FROM t", c))
    Console.WriteLine($"1.5 stored by binary COPY and by INSERT: {await command.ExecuteScalarAsync()}");

static string Try<T>(Func<T> read)
{
    try { return FormattableString.Invariant($"{read()}"); }
    catch (Exception error) { return error.GetType().Name; }
}

async Task Run(string sql) { await using var command = new NpgsqlCommand(sql, c); await command.ExecuteNonQueryAsync(); }
X
dotnet run -c Release -- "$work/sock" 2>&1 | tee actual
cat > expected <<'X'
0.9999999: PostgreSQL's bigint 1, long 0, int 0, BigInteger InvalidCastException, decimal 0.9999999
1.5: PostgreSQL's bigint 2, long 1, int 1, BigInteger InvalidCastException, decimal 1.5
-1.5: PostgreSQL's bigint -2, long -1, int -1, BigInteger InvalidCastException, decimal -1.5
9223372036854775807.9: PostgreSQL's bigint out of range, long 9223372036854775807, int OverflowException, BigInteger InvalidCastException, decimal 9223372036854775807.9
9223372036854775808: PostgreSQL's bigint out of range, long OverflowException, int OverflowException, BigInteger 9223372036854775808, decimal 9223372036854775808
1.0000000000000000000000000000000: PostgreSQL's bigint 1, long OverflowException, int OverflowException, BigInteger 1, decimal OverflowException
0.9 and 1.5 as long[]: 0 and 1
1.5 sent as a bigint parameter: 1
1.5 stored by binary COPY and by INSERT: 1 and 2
X
diff expected actual && echo "as described"
