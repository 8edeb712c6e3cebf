#!/usr/bin/env bash
# Npgsql 10.0.3 (NuGet), PostgreSQL 13 or newer from local packages (seen with 15), .NET 10.
#
# NpgsqlBinaryImporter does not look at the columns' types: Write(value) sends the binary form of the .NET type. PostgreSQL's COPY (FORMAT binary)
# checks nothing but the number of bytes and, for some types, their range. So a value of the wrong type with the right width is stored as another
# value, without an error on either side. A width that differs is an error with the SQLSTATE of a protocol violation (08P01), class 08 of
# broken connections, which code that goes by classes tries again.
#
# The table at the end is what is stored for the value on the left. The way out: Write(value, NpgsqlDbType) with the column's type, or a check of
# the columns' types before the import.
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
using Npgsql;

await using var db = NpgsqlDataSource.Create($"Host={args[0]};Username=postgres;Database=postgres;Timezone=UTC");
await Try("bigint value", 1L, "float8");
await Try("bigint value", 1L, "money");
await Try("bigint value", 1L, "timestamptz");
await Try("bigint value", 86_400_000_000L, "time");
await Try("int value", 1, "float4");
await Try("int value", 1, "date");
await Try("double value", 1.0, "bigint");
await Try("float value", 1f, "integer");
await Try("DateTime value", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), "bigint");
await Try("Guid value", Guid.Parse("00000000-0000-0001-0000-000000000002"), "interval");
await Try("string value", "7", "bytea");
await Try("int value", 1, "bigint");

async Task Try(string what, object value, string column)
{
    await using NpgsqlConnection c = await db.OpenConnectionAsync();
    await Run(c, $"CREATE TEMP TABLE t (v {column})");
    string result;
    try
    {
        await using (NpgsqlBinaryImporter copy = await c.BeginBinaryImportAsync("COPY t FROM STDIN (FORMAT binary)"))
        {
            await copy.StartRowAsync();
            await Write(copy, value);
            await copy.CompleteAsync();
        }

        await using var read = new NpgsqlCommand("SELECT v::text FROM t", c);
        result = "stored " + await read.ExecuteScalarAsync();
    }
    catch (PostgresException error) { result = $"error {error.SqlState}"; }
    Console.WriteLine($"{what} {Show(value)} into {column}: {result}");
}

static string Show(object value) => value is DateTime t ? t.ToString("yyyy-MM-dd") : value.ToString()!;

static Task Write(NpgsqlBinaryImporter copy, object value) => value switch
{
    long v => copy.WriteAsync(v), int v => copy.WriteAsync(v), double v => copy.WriteAsync(v), float v => copy.WriteAsync(v),
    DateTime v => copy.WriteAsync(v), Guid v => copy.WriteAsync(v), string v => copy.WriteAsync(v), _ => throw new ArgumentException("type"),
};

static async Task Run(NpgsqlConnection c, string sql) { await using var command = new NpgsqlCommand(sql, c); await command.ExecuteNonQueryAsync(); }
X
dotnet run -c Release -- "$work/sock" 2>&1 | tee actual
cat > expected <<'X'
bigint value 1 into float8: stored 5e-324
bigint value 1 into money: stored $0.01
bigint value 1 into timestamptz: stored 2000-01-01 00:00:00.000001+00
bigint value 86400000000 into time: stored 24:00:00
int value 1 into float4: stored 1e-45
int value 1 into date: stored 2000-01-02
double value 1 into bigint: stored 4607182418800017408
float value 1 into integer: stored 1065353216
DateTime value 2026-01-01 into bigint: stored 820540800000000
Guid value 00000000-0000-0001-0000-000000000002 into interval: stored 2 mons 00:00:00.000001
string value 7 into bytea: stored \x37
int value 1 into bigint: error 08P01
X
diff expected actual && echo "as described"
