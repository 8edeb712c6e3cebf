using System.Text.Json;
using Npgsql;
using StellarPipeline.Generator.Checkpoints;
using StellarPipeline.Postgres.Embedded;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Cli.Tests;

/// <summary>
/// What the server will refuse for certain is said before anything is fetched or changed, with exit code 2, by every command that would
/// meet it.
/// </summary>
public sealed class RefusedForCertainTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-certain-").FullName;

    private string Archive => Path.Combine(folder, "archive");

    // The server's user must be able to enter it, so it is none of the private temporary ones.
    private readonly string data = Path.Combine(Path.GetTempPath(), $"pipeline-standby-{Guid.NewGuid():N}");

    public void Dispose()
    {
        Directory.Delete(folder, recursive: true);
        if (Directory.Exists(data)) Directory.Delete(data, recursive: true);
    }

    [SkippableFact]
    public async Task AnyCommand_Standby_ExitsWith2AndSaysToUseThePrimary()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The signal file of a standby is written for a private server of this system.");
        await GenerateAsync();
        EmbeddedServerOptions options = PostgresFixture.SmallOptions with
        {
            DataDirectory = data,
            Settings = new Dictionary<string, string> { ["wal_level"] = "replica", ["hot_standby"] = "on" },
        };
        await using (EmbeddedServer primary = await PostgresFixture.StartPrivateServerAsync(options))
        {
            Assert.Equal(0, (await CliProcess.RunAsync("migrate", "up", "1", "--database", primary.ConnectionString)).ExitCode);
        }

        // A server with this file follows nobody here, but takes no rows: all that a standby is to its clients.
        await File.WriteAllTextAsync(Path.Combine(data, "standby.signal"), "");
        await using EmbeddedServer standby = await PostgresFixture.StartPrivateServerAsync(options);
        foreach (string[] command in new[]
        {
            ["populate", "--archive", Archive, "--quiet"], ["populate", "--archive", Archive, "--replace", "--no-migrate"],
            new[] { "migrate", "up" }, ["migrate", "down", "1", "--yes"],
        })
        {
            CliResult result = await CliProcess.RunAsync([.. command, "--database", standby.ConnectionString]);
            Assert.True(result.ExitCode == 2, $"{string.Join(' ', command)}: {result.All}");
            Assert.Contains("is a standby, which accepts no rows. Connect to its primary.", result.Error, StringComparison.Ordinal);
            Assert.Contains("Nothing was changed.", result.Error, StringComparison.Ordinal);
        }

        CliResult plan = await CliProcess.RunAsync("plan", "--database", standby.ConnectionString, "--tables", "gorp_migrations");
        Assert.True(plan.ExitCode == 2, plan.All);
        Assert.Contains("is a standby, which accepts no rows", plan.Output, StringComparison.Ordinal);
        CliResult status = await CliProcess.RunAsync("migrate", "status", "--database", standby.ConnectionString);
        Assert.True(status.ExitCode == 0, status.All);
    }

    [SkippableTheory]
    [InlineData("ALTER ROLE {role} SET default_transaction_read_only = on", "Transactions are read-only by default", true)]
    [InlineData("ALTER DATABASE {database} SET default_transaction_read_only = on", "Transactions are read-only by default", true)]
    [InlineData("REVOKE INSERT ON sac_balances FROM {role}", "GRANT INSERT ON \"public\".\"sac_balances\" TO", false)]
    [InlineData("REVOKE SELECT ON liquidity_pools FROM {role}", "the role may not SELECT from public.liquidity_pools", false)]
    [InlineData("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON gorp_migrations FROM {role}; DELETE FROM gorp_migrations WHERE id LIKE "
        + "'2026-07-02.1%'; DROP TABLE liquidity_pool_balances; GRANT CREATE ON SCHEMA public TO {role}",
        "GRANT INSERT ON public.gorp_migrations TO", true)]
    [InlineData("DELETE FROM gorp_migrations WHERE id LIKE '2026-07-02.1%'; DROP TABLE liquidity_pool_balances",
        "GRANT CREATE ON SCHEMA public TO", true)]
    [InlineData("REVOKE USAGE ON SCHEMA public FROM {role}, PUBLIC", "may be used by this role", null)]
    [InlineData("REVOKE CONNECT ON DATABASE {database} FROM {role}, PUBLIC", "GRANT CONNECT ON DATABASE", null)]
    [InlineData("CREATE SEQUENCE mine; ALTER TABLE native_balances ADD COLUMN number bigint DEFAULT nextval('mine')",
        "GRANT USAGE ON SEQUENCE \"public\".\"mine\" TO", false)]
    [InlineData("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION mine() FROM PUBLIC; ALTER "
        + "TABLE trustline_assets ADD COLUMN number int DEFAULT 0; ALTER TABLE trustline_assets ALTER COLUMN number SET DEFAULT mine()",
        "GRANT EXECUTE ON FUNCTION \"public\".\"mine\" TO", false)]
    [InlineData("CREATE FUNCTION fine(text) RETURNS bool LANGUAGE sql AS 'SELECT true'; REVOKE EXECUTE ON FUNCTION fine(text) FROM "
        + "PUBLIC; ALTER TABLE liquidity_pools ADD CONSTRAINT c CHECK (fine(asset_a))",
        "which constraint c of public.liquidity_pools needs", false)]
    public async Task PopulatePlanAndMigrate_WhatTheRoleMayNot_ExitsWith2WithTheWayOut(string statements, string wayOut, bool? migrateToo)
    {
        await GenerateAsync();
        await using TestDatabase database = await MigratedAsync();
        TestRole role =
            await database.CreateRoleAsync("GRANT USAGE ON SCHEMA public TO {role}", "GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}");
        await database.ExecuteAsync(statements.Replace("{role}", role.Name, StringComparison.Ordinal).Replace(
            "{database}", database.Name, StringComparison.Ordinal));

        CliResult populate = await CliProcess.RunAsync("populate", "--archive", Archive, "--database", role.ConnectionString, "--quiet");
        CliResult plan = await CliProcess.RunAsync("plan", "--database", role.ConnectionString);
        CliResult migrate = await CliProcess.RunAsync("migrate", "up", "--database", role.ConnectionString);

        Assert.True(populate.ExitCode == 2, populate.All);
        Assert.Contains(wayOut, populate.Error, StringComparison.Ordinal);
        Assert.True(plan.ExitCode == 2, plan.All);
        if (migrateToo != true) Assert.Contains(wayOut, plan.All, StringComparison.Ordinal);
        bool isMigrationRefused = migrateToo is null || (migrateToo.Value && !statements.StartsWith("ALTER", StringComparison.Ordinal));
        Assert.True(migrate.ExitCode == (isMigrationRefused ? 2 : 0), migrate.All);
        if (isMigrationRefused)
        {
            Assert.Contains(
                wayOut, migrate.Error.Replace("by role " + role.Name, "by this role", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("ddl_command_start", "ALTER TABLE", "never")]
    [InlineData("sql_drop", null, "never")]
    [InlineData("ddl_command_end", "CREATE INDEX", "always")]
    [InlineData("ddl_command_start", "CREATE INDEX", "always")]
    public async Task PlanAndPopulate_EventTriggerRefusesTheDdl_AgreeOnWhatThenIsUsed(string when, string? tag, string rebuild)
    {
        await GenerateAsync();
        await using TestDatabase database = await MigratedAsync();
        TestRole owner = await OwnerAsync(database);
        await database.ExecuteAsync(
            $"""
            CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no DDL here''; END';
            CREATE EVENT TRIGGER no_ddl_{database.Name} ON {when} {(tag is null ? "" : $"WHEN TAG IN ('{tag}')")} EXECUTE FUNCTION no_ddl();
            """);

        // By itself, a plan falls back as the load does; what was asked for by name is refused by both.
        CliResult plan = await CliProcess.RunAsync("plan", "--database", owner.ConnectionString, "--format", "json");
        CliResult asked = await CliProcess.RunAsync(
            "plan", "--database", owner.ConnectionString, "--foreign-keys", "recreate", "--rebuild-indexes", rebuild);
        CliResult refused = await CliProcess.RunAsync("populate", "--archive", Archive, "--database", owner.ConnectionString,
            "--foreign-keys", "recreate", "--rebuild-indexes", rebuild, "--no-migrate", "--quiet");
        string report = Path.Combine(folder, "report.json");
        CliResult populate = await CliProcess.RunAsync(
            "populate", "--archive", Archive, "--database", owner.ConnectionString, "--no-migrate", "--quiet", "--report", report);

        Assert.True(asked.ExitCode == 2, asked.All);
        Assert.Contains("recreate was tried, and the server refused: P0001 no DDL here", asked.Output, StringComparison.Ordinal);
        Assert.True(refused.ExitCode == 2, refused.All);
        Assert.Contains("recreate was tried, and the server refused: P0001 no DDL here", refused.Error, StringComparison.Ordinal);
        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.True(populate.ExitCode == 0, populate.All);
        using var planned = JsonDocument.Parse(plan.Output);
        using var done = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        string? strategy = done.RootElement.GetProperty("foreign_keys").GetProperty("strategy").GetString();
        Assert.Contains(planned.RootElement.GetProperty("strategies").EnumerateArray(),
            verdict => verdict.GetProperty("chosen").GetBoolean() && verdict.GetProperty("name").GetString() == strategy);
        if (tag != "CREATE INDEX") Assert.Equal("ordered", strategy);
    }

    [SkippableFact]
    public async Task Plan_TablesInUse_DoesNotTryAndBlocksNobody()
    {
        await using TestDatabase database = await MigratedAsync();
        TestRole owner = await OwnerAsync(database);
        await using NpgsqlConnection reader = await database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction reading = await reader.BeginTransactionAsync();
        await using (var look = new NpgsqlCommand("SELECT count(*) FROM trustline_assets", reader)) await look.ExecuteScalarAsync();

        CliResult plan = await CliProcess.RunAsync("plan", "--database", owner.ConnectionString, "--foreign-keys", "recreate");

        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.Contains("recreate was not tried, because the table is in use", plan.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Plan_TrialOfRecreate_LeavesEveryObjectAsItWas()
    {
        await using TestDatabase database = await MigratedAsync();
        TestRole owner = await OwnerAsync(database);
        const string Objects =
            "SELECT 'c', oid::text, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
                + "UNION ALL SELECT 'i', indexrelid::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index WHERE "
                + "indrelid::regclass::text LIKE '%balances' ORDER BY 1, 2";
        List<string> before = await database.RowsAsync(Objects);

        CliResult plan = await CliProcess.RunAsync(
            "plan", "--database", owner.ConnectionString, "--foreign-keys", "recreate", "--rebuild-indexes", "always");

        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.DoesNotContain("not tried", plan.Output, StringComparison.Ordinal);
        Assert.Equal(before, await database.RowsAsync(Objects));
    }

    [SkippableFact]
    public async Task PlanAndPopulate_OwnerWithoutReferencesOnTheParent_Agree()
    {
        await GenerateAsync();
        await using TestDatabase database = await MigratedAsync();
        TestRole owner = await OwnerAsync(database);
        await database.ExecuteAsync(
            $"ALTER TABLE trustline_assets OWNER TO CURRENT_USER; GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON trustline_assets TO "
                + $"{owner.Name}");

        CliResult plan = await CliProcess.RunAsync("plan", "--database", owner.ConnectionString);
        CliResult populate =
            await CliProcess.RunAsync("populate", "--archive", Archive, "--database", owner.ConnectionString, "--no-migrate");

        Assert.True(plan.ExitCode == 0, plan.All);
        Assert.Contains("has no REFERENCES on public.trustline_assets", plan.Output, StringComparison.Ordinal);
        Assert.Contains("ordered: CHOSEN", plan.Output, StringComparison.Ordinal);
        Assert.True(populate.ExitCode == 0, populate.All);
        Assert.Contains("ordered", populate.Output, StringComparison.Ordinal);
    }

    private Task GenerateAsync() =>
        CheckpointArchiveGenerator.GenerateAsync(Archive, new GeneratorOptions { Accounts = 20, Trustlines = 40 });

    private static async Task<TestDatabase> MigratedAsync()
    {
        TestDatabase database = await PostgresFixture.CreateDatabaseAsync();
        CliResult up = await CliProcess.RunAsync("migrate", "up", "--database", database.ConnectionString);
        Assert.True(up.ExitCode == 0, up.All);
        return database;
    }

    /// <summary>A role that owns every table but may not silence triggers: recreate is the first strategy that it has.</summary>
    private static async Task<TestRole> OwnerAsync(TestDatabase database)
    {
        TestRole role = await database.CreateRoleAsync("GRANT USAGE, CREATE ON SCHEMA public TO {role}");
        foreach (string table in await database.RowsAsync(
            "SELECT format('%I', relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"))
        {
            await database.ExecuteAsync($"ALTER TABLE {table} OWNER TO {role.Name}");
        }

        return role;
    }
}
