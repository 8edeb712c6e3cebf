using System.Diagnostics;
using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>Locks the tables of a load as planned and checks under the locks, in one round trip, whether the plan is still valid.</summary>
internal static class PlanConfirmation
{
    /// <summary>The stage in which a load locks and checks its tables.</summary>
    public const string Preparing = "prepare";

    /// <summary>The stage in which a load has locked its tables and waits for rows.</summary>
    public const string Waiting = "wait for rows";

    /// <summary>Locks the tables and checks the plan.</summary>
    /// <param name="load">The load's transaction. Its stage is <see cref="Waiting"/> afterwards, whatever the answer.</param>
    /// <param name="plan">A complete plan without obstacles, for a load that removes no rows.</param>
    /// <param name="cancellationToken">Ends the wait for the locks; the transaction must then be rolled back.</param>
    /// <returns>Whether the catalogue is unchanged and the tables that must be empty are empty; null if there is nothing to lock. In that
    /// case nothing was done.</returns>
    /// <exception cref="PostgresException">A lock was refused, or a table is gone.</exception>
    public static async Task<bool?> AskAsync(LoadTransaction load, LoadPlan plan, CancellationToken cancellationToken)
    {
        LoadPreflight planned = plan.Preflight;
        IEnumerable<CopyTable> along = planned.Emptying is null ? [] : planned.TruncatedAlong;
        IEnumerable<CatalogTable> locked =
            planned.Plan!.Catalog.Tables.Concat(along.Select(table => new CatalogTable(new QualifiedName(table.Schema!, table.Name))));
        if (TableLocks.Statement(locked, planned.LockMode) is not { } statement)
            return null;

        bool mustBeEmpty = plan.Asked.Content == TableContent.MustBeEmpty;
        var batch = new NpgsqlBatch(load.Connection) { Timeout = 0 };
        await using (batch.ConfigureAwait(false))
        {
            Add(load.StageStatement(Preparing));
            Add(statement);
            Add(LockOfReferenced(planned));
            batch.BatchCommands.Add(
                CatalogStamp.Command([.. planned.Request.Tables.Select(table => table.QualifiedName)], plan.AllHypertables));
            if (mustBeEmpty)
            {
                IEnumerable<string> names =
                    planned.Tables.Select(state => state.Only + state.QuotedName).Concat(along.Select(table => table.QualifiedName));
                Add("SELECT " + string.Join(" OR ", names.Select(name => $"EXISTS (SELECT FROM {name})")));
            }

            Add(load.StageStatement(Waiting));
            NpgsqlDataReader reader = await ExecuteAsync(load, batch, isPrepared: !mustBeEmpty, cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                // Statements that lock and set return no rows, so the first result is the stamp.
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                bool isSame = reader.GetString(0) == plan.Stamp;
                if (!mustBeEmpty)
                    return isSame;
                await reader.NextResultAsync(cancellationToken).ConfigureAwait(false);
                await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                return isSame && !reader.GetBoolean(0);
            }
        }

        void Add(string? sql)
        {
            if (sql is not null) batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        }
    }

    /// <summary>The lock of tables outside the load whose rows must stay until the keys that refer to them are proved.</summary>
    private static string? LockOfReferenced(LoadPreflight planned)
    {
        ForeignKeyCatalog catalog = planned.Plan!.Catalog;
        return planned.Plan.Chosen?.Name == ReplicaStrategy.StrategyName
            ? TableLocks.Statement(UncheckedKeys.ReferencedOutside(catalog), TableLockMode.ShareRowExclusive)
            : null;
    }

    // The server takes ACCESS SHARE on a table when it parses a statement. A prepared statement is parsed before the first statement runs,
    // and so before LOCK: two loads that both hold the weak lock would deadlock. Therefore only statements that name no table are prepared.
    private static async Task<NpgsqlDataReader> ExecuteAsync(
        LoadTransaction load, NpgsqlBatch batch, bool isPrepared, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            if (isPrepared)
                await load.Preparation.PrepareAsync(load.Connection, batch, cancellationToken).ConfigureAwait(false);
            NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            PostgresTelemetry.CountLockWait(started, null);
            return reader;
        }
        catch (NpgsqlException error)
        {
            PostgresTelemetry.CountLockWait(started, error);
            throw;
        }
    }
}
