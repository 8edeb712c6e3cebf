#!/usr/bin/env bash
# Npgsql 10.0.3 (NuGet), PostgreSQL 13 or newer from local packages (seen with 15), .NET 10.
#
# IDisposable.Dispose may be called more than once and is to do nothing the second time. NpgsqlTransaction.DisposeAsync does something, to somebody
# else, once the connection was given back to its pool: Npgsql keeps one NpgsqlTransaction object for each physical connection and hands the same
# object to whoever begins the next transaction on it. The second Dispose of the first owner then ends the transaction of the second owner: its
# rows so far are rolled back, what it writes afterwards is committed statement by statement, and nothing is thrown to it until it commits. From
# another thread, in the middle of a statement, the protocol gets out of step instead ("Received backend message … Please file a bug").
#
# Two owners of one transaction are common where a failure disposes of it in one place and "await using" in another. The way out: see to it that
# each transaction is disposed of once, before its connection goes back.
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

await using var db = NpgsqlDataSource.Create($"Host={args[0]};Username=postgres;Database=postgres;Maximum Pool Size=1");
await using (var create = db.CreateCommand("CREATE TABLE t (id int)")) await create.ExecuteNonQueryAsync();

NpgsqlConnection first = await db.OpenConnectionAsync();
NpgsqlTransaction firstTransaction = await first.BeginTransactionAsync();
await firstTransaction.DisposeAsync();
await first.DisposeAsync();

NpgsqlConnection second = await db.OpenConnectionAsync();
NpgsqlTransaction secondTransaction = await second.BeginTransactionAsync();
Console.WriteLine($"same object: {ReferenceEquals(firstTransaction, secondTransaction)}");
await InsertAsync(1);
await firstTransaction.DisposeAsync(); // The second time, by its first owner.
await InsertAsync(2);
string commit = "committed";
try { await secondTransaction.CommitAsync(); } catch (Exception error) { commit = error.GetType().Name; }
Console.WriteLine($"second owner's commit: {commit}");
await secondTransaction.DisposeAsync();
await second.DisposeAsync();

var rows = new List<int>();
await using (var read = db.CreateCommand("SELECT id FROM t ORDER BY id"))
await using (NpgsqlDataReader reader = await read.ExecuteReaderAsync())
    while (await reader.ReadAsync()) rows.Add(reader.GetInt32(0));
Console.WriteLine($"rows of one transaction that are there: {string.Join(", ", rows)}");

async Task InsertAsync(int id)
{
    await using var insert = new NpgsqlCommand($"INSERT INTO t VALUES ({id})", second);
    await insert.ExecuteNonQueryAsync();
}
X
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build -c Release -v q -o out >build.log 2>&1 || { cat build.log; exit 1; }
seen=$(dotnet out/finding.dll "$work/sock")
echo "$seen"
expected='same object: True
second owner'"'"'s commit: ObjectDisposedException
rows of one transaction that are there: 2'
[ "$seen" = "$expected" ] || { echo "The behaviour has changed."; exit 1; }
