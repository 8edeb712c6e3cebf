using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using StellarPipeline.Generator.Ledgers;
using StellarPipeline.Postgres.Migrations;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Stellar.Tests.Jobs.Backfill;

/// <summary>Partitioned tables whose partitions are missing, are being made by others, or belong to others.</summary>
public sealed class BackfillPartitionTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [SkippableTheory]
    [InlineData("transactions,transactions_accounts,operations,operations_accounts,state_changes")]
    [InlineData("operations")]
    public async Task RunAsync_PartitionsWereDropped_RepairMakesThemAgain(string dropped)
    {
        await using BackfillBench bench = await CreateAsync();
        string store = bench.Store(BackfillBench.Ledgers(12));
        await bench.RunAsync(store, 1000, 1011);
        string whole = await bench.StateAsync();
        foreach (string table in dropped.Split(',')) await bench.Database.ExecuteAsync($"DROP TABLE {table}_p20250101");

        await bench.RunAsync(store, 1000, 1011, options => options with { Repair = true });

        Assert.Equal(whole, await bench.StateAsync());
    }

    /// <summary>Another process is about to attach the partition, and takes longer than the lock timeout.</summary>
    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_AnotherProcessMakesThePartition_IsWaitedFor(bool succeeds)
    {
        await using BackfillBench bench = await CreateAsync();
        List<GeneratedLedger> ledgers = BackfillBench.Ledgers(8);
        string store = bench.Store(ledgers);
        await using NpgsqlConnection other = await bench.Database.DataSource.OpenConnectionAsync();
        await using NpgsqlTransaction making = await other.BeginTransactionAsync();
        foreach (CopyTable table in HistoryTables.All)
        {
            await using var create = new NpgsqlCommand(
                $"CREATE TABLE {table.Name}_p20250101 (LIKE {table.Name} INCLUDING ALL); ALTER TABLE {table.Name} ATTACH PARTITION "
                    + $"{table.Name}_p20250101 FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-01-02 00:00+00')", other);
            await create.ExecuteNonQueryAsync();
        }

        Task<BackfillReport> run = bench.RunAsync(store, 1000, 1007, options => options with { LockTimeout = TimeSpan.FromSeconds(1) });
        await Task.WhenAny(run, Task.Delay(TimeSpan.FromSeconds(4)));
        Assert.False(run.IsCompleted, run.Exception?.ToString());
        await (succeeds ? making.CommitAsync() : making.RollbackAsync());

        Assert.Equal(8, (await run.WaitAsync(Bound)).Ledgers.Loaded);
        Assert.Equal(await BackfillBench.UndisturbedAsync(ledgers), await bench.StateAsync());
    }

    [SkippableFact]
    public async Task RunAsync_TablesBelongToAnotherRole_SoDoTheirPartitions()
    {
        await using BackfillBench bench = await CreateAsync();
        TestRole owner = await bench.Database.CreateRoleAsync("GRANT USAGE, CREATE ON SCHEMA public TO {role}");
        foreach (CopyTable table in HistoryTables.All)
            await bench.Database.ExecuteAsync($"ALTER TABLE {table.Name} OWNER TO {owner.Name}");

        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(8)), 1000, 1007);

        Assert.Equal(
            [owner.Name],
            await bench.Database.RowsAsync("SELECT DISTINCT relowner::regrole::text FROM pg_class WHERE relname LIKE '%\\_p20250101'"));
    }

    /// <summary>This style prints India's time zone with an abbreviation that is read as Israel's.</summary>
    [SkippableFact]
    public async Task RunAsync_SessionsPrintTimesInAnotherStyle_PartitionsBeginWhereTheOthersDo()
    {
        await using BackfillBench bench = await CreateAsync();
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE {table.Name}_old PARTITION OF {table.Name} FOR VALUES FROM ('2024-06-01 00:00+00') TO "
                    + "('2024-06-02 00:00+00')");
        }

        await bench.Database.ExecuteAsync(
            $"ALTER DATABASE {bench.Database.Name} SET datestyle = 'SQL, DMY'; ALTER DATABASE {bench.Database.Name} SET timezone = "
                + "'Asia/Kolkata'");
        bench.Database.DataSource.Clear();

        await bench.RunAsync(bench.Store(BackfillBench.Ledgers(8)), 1000, 1007);

        Assert.Equal(
            ["transactions_old", "transactions_p20250101"],
            await bench.Database.RowsAsync("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'transactions'::regclass "
                + "ORDER BY 1"));
    }

    private static async Task<BackfillBench> CreateAsync()
    {
        BackfillBench bench = await BackfillBench.CreateAsync();
        await new MigrationRunner(
            bench.Database.DataSource, [HistorySchema.Migrations, BackfillSchema.Migrations], new MigrationRunnerOptions(),
            NullLogger.Instance).UpAsync();
        foreach (CopyTable table in HistoryTables.All)
        {
            await bench.Database.ExecuteAsync(
                $"CREATE TABLE wide (LIKE {table.Name} INCLUDING ALL) PARTITION BY RANGE (ledger_created_at); DROP TABLE {table.Name}; "
                    + $"ALTER TABLE wide RENAME TO {table.Name}");
        }

        return bench;
    }
}
