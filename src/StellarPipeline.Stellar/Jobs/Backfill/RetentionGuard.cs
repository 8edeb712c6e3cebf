using Npgsql;
using StellarPipeline.Postgres.Transactions;
using StellarPipeline.Stellar.Projections.History;
using StellarPipeline.Stellar.Queries;
using StellarPipeline.Stellar.Timescale;

namespace StellarPipeline.Stellar.Jobs.Backfill;

/// <summary>
/// Keeps TimescaleDB's retention policies from dropping what a backfill loads: refuses such ledgers, or switches the policies off.
/// </summary>
/// <remarks>
/// A policy stays off: if it were switched on again, it would drop the loaded rows at once. Policies that are already off, or that drop
/// only older rows than those of the range, are left alone.
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

    /// <summary>Whether any policy is scheduled.</summary>
    public bool IsAny => policies.Count > 0;

    /// <summary>What was switched off, in full sentences.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Reads the scheduled retention policies of the history tables.</summary>
    public static async Task<RetentionGuard> ReadAsync(QueryRunner runner, string schema, CancellationToken cancellationToken)
    {
        TimescaleExtension? extension = await TimescaleExtension.ReadAsync(runner, cancellationToken).ConfigureAwait(false);
        if (extension is null) return new RetentionGuard(null, []);
        return new RetentionGuard(extension, await runner.ListAsync(
            Policies, SqlValues.Of(schema, HistoryTables.Names),
            static reader => new Policy(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3)),
            cancellationToken)
            .ConfigureAwait(false));
    }

    /// <summary>Says what a run would do about policies that would drop rows of a ledger; null if there are none.</summary>
    /// <param name="ledger">The oldest ledger to load.</param>
    /// <param name="closeTime">When it closed, in seconds since 1970.</param>
    /// <param name="suspends">Whether the run may switch policies off.</param>
    public string? Foresee(uint ledger, long closeTime, bool suspends)
    {
        List<Policy> droppers = policies.FindAll(policy => closeTime < policy.Cutoff);
        if (droppers.Count == 0) return null;
        return suspends
            ? $"The run would switch off the retention policies of {Tables(droppers)}, which would drop rows that it loads."
            : $"The run would be refused. {Refusal(ledger, closeTime, droppers[0]).Message}";
    }

    /// <summary>Checks whether a policy would drop rows of a ledger.</summary>
    /// <param name="ledger">The oldest ledger to load.</param>
    /// <param name="closeTime">When it closed, in seconds since 1970.</param>
    /// <param name="suspends">True switches off the policies that would drop it, in a separate transaction.</param>
    /// <param name="database">Where the policies are switched off.</param>
    /// <param name="lockTimeout">How long to wait for a lock.</param>
    /// <param name="cancellationToken">Stops the statements.</param>
    /// <exception cref="BackfillException">A policy would drop it, and <paramref name="suspends"/> is false.</exception>
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
            await load.GuardAsync("Suspending retention", async () =>
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
            $"The retention policies of {Tables(droppers)} were switched off, because they would drop rows that this run loads. They stay "
                + "off. To switch them on again, run timescale configure --run-retention true, with a longer --retention, or when the rows "
                + "may be dropped.");
    }

    private static BackfillException Refusal(uint ledger, long closeTime, Policy policy) => BackfillThrow.RetentionDrops(
        ledger, DateTimeOffset.FromUnixTimeSeconds(closeTime), policy.Table, policy.Id, policy.After);

    private static string Tables(IEnumerable<Policy> droppers) =>
        string.Join(", ", droppers.Select(policy => policy.Table).Order(StringComparer.Ordinal));

    private sealed record Policy(long Id, string Table, string After, long Cutoff);
}
