using Npgsql;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Keeps TimescaleDB's retention from dropping what a backfill loads: refuses ledgers that it would drop, or switches it off.
/// </summary>
/// <remarks>
/// It stays off: switched on again, it would drop at once what was loaded. Policies that are off already, or that are older than the range
/// reaches, are left alone.
/// </remarks>
internal sealed class RetentionGuard
{
    private static readonly Query Policies = new(
        "backfill.retention",
        "timescaledb_information.jobs",
        """
        SELECT j.job_id::int8, j.hypertable_name::text, j.config ->> 'drop_after',
          extract(epoch FROM now() - (j.config ->> 'drop_after')::interval)::int8
        FROM timescaledb_information.jobs j
        WHERE j.proc_name = 'policy_retention' AND j.scheduled AND j.config ? 'drop_after'
          AND j.hypertable_schema = $1 AND j.hypertable_name = ANY ($2)
        ORDER BY 4 DESC
        """);

    private readonly TimescaleExtension? extension;
    private readonly List<Policy> policies;

    private RetentionGuard(TimescaleExtension? extension, List<Policy> policies)
    {
        this.extension = extension;
        this.policies = policies;
    }

    /// <summary>Whether any policy runs.</summary>
    public bool IsAny => policies.Count > 0;

    /// <summary>What was switched off, in sentences.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Looks for policies of the history tables that run.</summary>
    public static async Task<RetentionGuard> ReadAsync(QueryRunner runner, string schema, CancellationToken cancellationToken)
    {
        TimescaleExtension? extension = await TimescaleExtension.ReadAsync(runner, cancellationToken).ConfigureAwait(false);
        if (extension is null) return new RetentionGuard(null, []);
        string[] tables = [.. HistoryTables.All.Select(table => table.Name)];
        return new RetentionGuard(extension, await runner.ListAsync(
            Policies, SqlValues.Of(schema, tables),
            static reader => new Policy(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3)),
            cancellationToken)
            .ConfigureAwait(false));
    }

    /// <summary>Says what a run would do about policies that would drop rows of a ledger; null where there are none.</summary>
    /// <param name="ledger">The oldest ledger that would be loaded.</param>
    /// <param name="closeTime">When it closed, in seconds since 1970.</param>
    /// <param name="suspends">Whether the run may switch policies off.</param>
    public string? Foresee(uint ledger, long closeTime, bool suspends)
    {
        List<Policy> droppers = policies.FindAll(policy => closeTime < policy.Cutoff);
        if (droppers.Count == 0) return null;
        return suspends
            ? $"The run would switch off the retention policies of {Tables(droppers)}, which would drop what it loads."
            : $"The run would be refused. {Refusal(ledger, closeTime, droppers[0]).Message}";
    }

    /// <summary>Looks whether rows of a ledger would be dropped.</summary>
    /// <param name="ledger">The oldest ledger that will be loaded.</param>
    /// <param name="closeTime">When it closed, in seconds since 1970.</param>
    /// <param name="suspends">True switches policies that would drop it off, in a transaction of its own.</param>
    /// <param name="database">Where that is done.</param>
    /// <param name="lockTimeout">How long it waits for a lock.</param>
    /// <param name="cancellationToken">Ends the statements.</param>
    /// <exception cref="BackfillException">They would, and that is not to be changed.</exception>
    public async Task CheckAsync(
        uint ledger, long closeTime, bool suspends, NpgsqlDataSource database, TimeSpan lockTimeout, CancellationToken cancellationToken)
    {
        List<Policy> droppers = policies.FindAll(policy => closeTime < policy.Cutoff);
        if (droppers.Count == 0) return;
        if (!suspends) throw Refusal(ledger, closeTime, droppers[0]);

        LoadTransaction load = await LoadTransaction.OpenAsync(
            database, new LoadTransactionOptions { LockTimeout = lockTimeout }, cancellationToken).ConfigureAwait(false);
        await using (load.ConfigureAwait(false))
        {
            await load.GuardAsync("The suspension of retention", async () =>
            {
                var runner = new QueryRunner(load.Connection, load.RequireSchema(), leavesFailures: true);
                var alter = new Query(
                    "backfill.suspend_retention", "timescaledb_information.jobs",
                    $"SELECT {extension!.Function("alter_job")}($1::int4, scheduled => false)");
                foreach (Policy policy in droppers)
                    await runner.ExecuteAsync(alter, SqlValues.Of(policy.Id), cancellationToken).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
            await load.CommitAsync().ConfigureAwait(false);
        }

        policies.RemoveAll(droppers.Contains);
        Remarks.Add(
            $"The retention policies of {Tables(droppers)} were switched off, since they would drop what this run loads, and they stay "
                + $"off. "
                + $"timescale configure switches them on again "
                + "(--run-retention true), after a longer --retention, or when the rows may go.");
    }

    private static BackfillException Refusal(uint ledger, long closeTime, Policy policy) => BackfillThrow.RetentionDrops(
        ledger, DateTimeOffset.FromUnixTimeSeconds(closeTime), policy.Table, policy.Id, policy.After);

    private static string Tables(IEnumerable<Policy> droppers) =>
        string.Join(", ", droppers.Select(policy => policy.Table).Order(StringComparer.Ordinal));

    private sealed record Policy(long Id, string Table, string After, long Cutoff);
}
