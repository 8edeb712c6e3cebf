#!/usr/bin/env bash
# Npgsql 10.0.3 (NuGet) beside libpq's psql, PostgreSQL 14 or newer from local packages (seen with 15), .NET 10.
#
# The environment variable PGTARGETSESSIONATTRS is obeyed by Npgsql only where the address names several hosts. With one host it is ignored without
# a word, so a program that is told to use a server it can write to is connected to one that it cannot; libpq with the same environment refuses,
# "session is read-only". The same wish as a keyword of the connection string is not ignored: with one host it is a NotSupportedException.
set -euo pipefail
work=$(mktemp -d); chmod 755 "$work"; cd "$work"
bin=$(dirname "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1 || command -v initdb)")
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
mkdir data sock; [ "$(id -u)" = 0 ] && chown 65534:65534 data sock
trap 'as "$bin/pg_ctl" -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
as "$bin/initdb" -D data -U postgres -A trust -E UTF8 --locale=C >/dev/null
as "$bin/pg_ctl" -D data -w -l "$work/data/log" -o "-c default_transaction_read_only=on -c listen_addresses='' -k $work/sock" start >/dev/null
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

string text = $"Host={args[0]};Username=postgres;Database=postgres";
await Try("one host, variable", () => NpgsqlDataSource.Create(text));
await Try("the same host twice, variable", () => NpgsqlDataSource.Create(text.Replace(args[0], args[0] + "," + args[0])));
Environment.SetEnvironmentVariable("PGTARGETSESSIONATTRS", null);
await Try("one host, keyword", () => NpgsqlDataSource.Create(text + ";Target Session Attributes=read-write"));

static async Task Try(string what, Func<NpgsqlDataSource> create)
{
    try
    {
        await using NpgsqlDataSource source = create();
        await using NpgsqlConnection c = await source.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SHOW transaction_read_only", c);
        Console.WriteLine($"Npgsql, {what}: connected, transaction_read_only = {await command.ExecuteScalarAsync()}");
    }
    catch (Exception error) { Console.WriteLine($"Npgsql, {what}: {error.GetType().Name}"); }
}
X
export PGTARGETSESSIONATTRS=read-write
{
  "$bin/psql" "host=$work/sock user=postgres dbname=postgres" -qAt -c 'SHOW transaction_read_only' 2>&1 | grep -o 'session is read-only' | sed 's/^/psql, one host: /' || true
  dotnet run -c Release -- "$work/sock" 2>&1
} | tee actual
cat > expected <<'X'
psql, one host: session is read-only
Npgsql, one host, variable: connected, transaction_read_only = on
Npgsql, the same host twice, variable: NpgsqlException
Npgsql, one host, keyword: NotSupportedException
X
diff expected actual && echo "as described"
