using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Postgres.Tests.Migrations;

public sealed class MigrationRunnerTests
{
    [SkippableFact]
    public async Task Up_EmptyDatabase_AppliesAllInOrderAndThenNothing()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Both), await runner.UpAsync());
        Assert.Empty(await runner.UpAsync());

        // wallet-backend's tool refuses a database whose gorp_migrations names a file that it does not have.
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Main), await database.RowsAsync("SELECT id FROM gorp_migrations ORDER BY id"));
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Extra), await database.RowsAsync("SELECT id FROM pipeline_migrations ORDER BY id"));
    }

    [SkippableFact]
    public async Task Up_EmptyDatabase_MakesTheTrackingTableOfSqlMigrate()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database.DataSource, SchemaFolder.Both).UpAsync();
        foreach (string? table in new[] { "gorp_migrations", "pipeline_migrations" })
        {
            Assert.Equal(
                ["id|text|True|-", "applied_at|timestamp with time zone|False|-"],
                await database.RowsAsync($"""
                    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
                      FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid =
                        '{table}'::regclass AND a.attnum > 0 ORDER BY a.attnum
                    """));
            Assert.Equal([$"{table}_pkey|PRIMARY KEY (id)"], await database.RowsAsync(
                $"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'p'"));
            Assert.True(await database.QueryAsync<bool>(
                $"SELECT bool_and(abs(extract(epoch FROM clock_timestamp() - applied_at)) < 600) FROM {table}"));
        }
    }

    [SkippableFact]
    public async Task UpDownUp_AllFiles_EndsInTheSameCatalogue()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        var names = SchemaFolder.Names(SchemaFolder.Both).ToList();
        await runner.UpAsync();
        List<string> before = await Catalogue.DumpAsync(database);

        Assert.Equal(Enumerable.Reverse(names.Order(StringComparer.Ordinal)), await runner.DownAsync(names.Count + 5));
        Assert.Empty(await Catalogue.DumpAsync(database));
        Assert.Empty(await runner.DownAsync(1));
        Assert.Equal(names, await runner.UpAsync());
        Assert.Equal(before, await Catalogue.DumpAsync(database));
    }

    [SkippableFact]
    public async Task UpAndDown_OneAtATime_MovesAlongTheOrder()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        var names = SchemaFolder.Names(SchemaFolder.Both).ToList();
        Assert.Equal(names.Take(2), await runner.UpAsync(2));
        Assert.Equal(2, (await runner.StatusAsync()).Count(status => status.IsApplied));
        Assert.Equal(names.Skip(2).Take(1), await runner.UpAsync(1));
        Assert.Equal(names.Skip(2).Take(1), await runner.DownAsync(1));
        IReadOnlyList<MigrationStatus> status = await runner.StatusAsync();
        Assert.Equal(names, status.Select(item => item.Name));
        Assert.Equal(names.Take(2), status.Where(item => item.IsApplied).Select(item => item.Name));
        Assert.All(status, item => Assert.True(item.IsKnown));
        Assert.All(status, item => Assert.Equal(item.IsApplied, item.AppliedAt is not null));
        Assert.Equal(["gorp_migrations", "pipeline_migrations"], status.Select(item => item.TrackingTable).Distinct());
    }

    [SkippableFact]
    public async Task Up_NamesOfAnotherTool_AreToleratedAndKept()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await Runner(database.DataSource, SchemaFolder.Main).UpAsync();
        await database.ExecuteAsync(
            "INSERT INTO gorp_migrations VALUES ('2025-06-10.2-transactions.sql', now()), ('2027-01-01.0-later.sql', NULL)");

        // A database of wallet-backend: only the extra files are missing.
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Extra), await runner.UpAsync());
        Assert.Empty(await Runner(database.DataSource, SchemaFolder.Main).UpAsync());

        var others = (await runner.StatusAsync()).Where(status => !status.IsKnown).ToList();
        Assert.Equal(["2025-06-10.2-transactions.sql", "2027-01-01.0-later.sql"], others.Select(status => status.Name));
        Assert.Null(others[1].AppliedAt);
        await runner.DownAsync(100);
        Assert.Equal(["2025-06-10.2-transactions.sql", "2027-01-01.0-later.sql"],
            await database.RowsAsync("SELECT id FROM gorp_migrations ORDER BY id"));
    }

    [SkippableFact]
    public async Task Up_EarlierFileMissing_IsAppliedOutOfOrder()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        await runner.UpAsync();
        await database.ExecuteAsync("DROP TABLE sac_balances; DELETE FROM gorp_migrations WHERE id = '2026-01-16.0-sac-balances.sql'");
        Assert.Equal(["2026-01-16.0-sac-balances.sql"], await runner.UpAsync());
        Assert.Equal("sac_balances", await database.QueryAsync<string>("SELECT to_regclass('sac_balances')::text"));
    }

    [SkippableFact]
    public async Task Up_ExtraFilesRecordedByAnOldWalletBackend_CountAsApplied()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        await runner.UpAsync();
        await database.ExecuteAsync("INSERT INTO gorp_migrations SELECT * FROM pipeline_migrations; DROP TABLE pipeline_migrations");
        Assert.Empty(await runner.UpAsync());
        Assert.All(await runner.StatusAsync(), status => Assert.Equal("gorp_migrations", status.TrackingTable));
        Assert.Equal(["2026-11-28.1-protocol_sep41.sql"], await runner.DownAsync(1));
        Assert.Equal(
            0, await database.QueryAsync<long>("SELECT count(*) FROM gorp_migrations WHERE id = '2026-11-28.1-protocol_sep41.sql'"));
    }

    [SkippableFact]
    public async Task Up_TwoRunnersAtOnce_ApplyEachFileOnce()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        IReadOnlyList<string>[] runs =
            await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Runner(database.DataSource, SchemaFolder.Both).UpAsync()));
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Both).Order(StringComparer.Ordinal),
            runs.SelectMany(names => names).Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task Up_AnotherRunnerDoesNotEnd_SaysWhichSessionHoldsTheLock()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using var command =
            new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('pipeline migrations in public', 0)), pg_backend_pid()", holder);
        await command.ExecuteNonQueryAsync();
        var runner = new MigrationRunner(
            database.DataSource, SchemaFolder.Both, new MigrationRunnerOptions { RunnerTimeout = TimeSpan.Zero }, NullLogger.Instance);
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Equal(FailureKind.Database, error.Kind);
        Assert.Contains(
            $"Another runner is migrating schema public (server process {holder.ProcessID}, application without name)", error.Message,
            StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Up_AfterWaitingForAnotherRunner_GoesOn()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlConnection holder = await database.DataSource.OpenConnectionAsync();
        await using (var command =
            new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('pipeline migrations in public', 0))", holder))
        {
            await command.ExecuteNonQueryAsync();
        }

        var waiting = new SignalLogger("waiting for it");
        Task<IReadOnlyList<string>> run =
            new MigrationRunner(database.DataSource, SchemaFolder.Both, new MigrationRunnerOptions(), waiting).UpAsync();
        await waiting.Signal.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(run.IsCompleted);
        await using (var command = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", holder))
            await command.ExecuteNonQueryAsync();
        Assert.Equal(SchemaFolder.Names(SchemaFolder.Both), await run);
    }

    [SkippableFact]
    public async Task Up_NothingPending_NeedsNoRightToWrite()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        await Runner(database.DataSource, SchemaFolder.Both).UpAsync();
        TestRole role = await database.CreateRoleAsync(
            "GRANT SELECT ON gorp_migrations, pipeline_migrations TO {role}", "ALTER ROLE {role} SET default_transaction_read_only = on");
        MigrationRunner runner = Runner(role.DataSource, SchemaFolder.Both);
        Assert.Empty(await runner.UpAsync());
        Assert.All(await runner.StatusAsync(), status => Assert.True(status.IsApplied));
    }

    [SkippableFact]
    public async Task Up_RoleWithoutRights_SaysWhatToGrant()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        await Runner(database.DataSource, SchemaFolder.Main).UpAsync();
        TestRole role = await database.CreateRoleAsync();

        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => Runner(role.DataSource, SchemaFolder.Main).UpAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains($"GRANT SELECT ON public.gorp_migrations TO {role.Name};", error.Message, StringComparison.Ordinal);

        await database.ExecuteAsync($"GRANT SELECT ON gorp_migrations TO {role.Name}");
        error = await Assert.ThrowsAsync<MigrationException>(() => Runner(role.DataSource, SchemaFolder.Both).UpAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("Nothing was changed", error.Message, StringComparison.Ordinal);
        Assert.Contains($"GRANT CREATE ON SCHEMA public TO {role.Name};", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Up_TablesWithoutTracking_GivesTheSqlThatRecordsThem()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        MigrationRunner runner = Runner(database.DataSource, SchemaFolder.Both);
        await runner.UpAsync();
        await database.ExecuteAsync("DROP TABLE gorp_migrations");

        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => runner.UpAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.StartsWith(
            "Schema public has the tables ingest_store, contract_tokens, trustline_assets,", error.Message, StringComparison.Ordinal);
        Assert.Contains("but no table gorp_migrations", error.Message, StringComparison.Ordinal);

        // The advice is meant to be followed to the letter.
        string sql = error.Message[error.Message.IndexOf("CREATE TABLE", StringComparison.Ordinal)..error.Message.IndexOf(
            "; then run again", StringComparison.Ordinal)];
        await database.ExecuteAsync(sql);
        Assert.Equal(["2024-04-29.0-initial.sql", "2025-06-10.0-create_function_refresh_updated_at_column.sql"], await runner.UpAsync());
    }

    [SkippableFact]
    public async Task UpAndStatus_SearchPath_KeepsSchemasApart()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE SCHEMA \"Wallet Testnet\"; CREATE SCHEMA mainnet");
        await using NpgsqlDataSource testnet = With(database, builder => builder.SearchPath = "absent, \"Wallet Testnet\", public");
        await using NpgsqlDataSource mainnet = With(database, builder => builder.SearchPath = "mainnet");
        await Runner(testnet, SchemaFolder.Both).UpAsync();
        Assert.Equal(0,
            await database.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"));
        Assert.DoesNotContain(await Runner(mainnet, SchemaFolder.Both).StatusAsync(), status => status.IsApplied);

        await Runner(mainnet, SchemaFolder.Both).UpAsync();
        Func<string, string> strip = (string line) =>
            line.Replace("\"Wallet Testnet\".", "", StringComparison.Ordinal).Replace("mainnet.", "", StringComparison.Ordinal);
        Assert.Equal((await Catalogue.DumpAsync(database, "mainnet")).Select(strip),
            (await Catalogue.DumpAsync(database, "Wallet Testnet")).Select(strip));
    }

    [SkippableFact]
    public async Task Up_NoUsableSchema_NamesSearchPathAndRole()
    {
        await using TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        await using NpgsqlDataSource source = With(database, builder => builder.SearchPath = "absent");
        MigrationException error = await Assert.ThrowsAsync<MigrationException>(() => Runner(source, SchemaFolder.Both).UpAsync());
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("No schema of the search path (absent) exists and may be used by role", error.Message, StringComparison.Ordinal);
    }

    private static NpgsqlDataSource With(TestDatabase database, Action<NpgsqlConnectionStringBuilder> change)
    {
        var builder = new NpgsqlConnectionStringBuilder(database.ConnectionString);
        change(builder);
        return NpgsqlDataSource.Create(builder.ConnectionString);
    }

    private static MigrationRunner Runner(NpgsqlDataSource source, params MigrationSet[] sets) =>
        new(source, sets, new MigrationRunnerOptions(), NullLogger.Instance);
}
