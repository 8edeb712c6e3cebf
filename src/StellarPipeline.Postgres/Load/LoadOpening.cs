using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Opens a load: locks its tables, checks under the locks that the plan is still valid, empties the tables if requested, and starts the
/// foreign-key strategy.
/// </summary>
/// <remarks>
/// The tables are locked before the catalogue and the row counts are read, so that the results hold until COMMIT. A plan that is no longer
/// valid is made again. If the server refuses the strategy that <c>auto</c> chose, the load rolls back to a savepoint and tries the next.
/// </remarks>
internal sealed class LoadOpening
{
    private const string Savepoint = "load_start";
    private readonly List<string> remarks = [];
    private readonly bool isConfirmed;
    private bool areSettingsKnown;

    private LoadOpening(LoadPlan plan, bool isConfirmed)
    {
        Plan = plan;
        this.isConfirmed = isConfirmed;
        ForeignKeys = plan.ForeignKeys!;
    }

    /// <summary>The plan as confirmed under the locks.</summary>
    public LoadPlan Plan { get; }

    /// <summary>How the foreign keys are kept: as planned, or as the server allowed.</summary>
    public ForeignKeyPlan ForeignKeys { get; private set; }

    /// <summary>The strategy that keeps the foreign keys. It has been started.</summary>
    public IForeignKeyStrategy Strategy { get; private set; } = null!;

    /// <summary>How the tables were emptied; null if they were not.</summary>
    public EmptyingResult? Emptied { get; private set; }

    /// <summary>What an operator should know, in full sentences.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>Whether indexes are built after the rows.</summary>
    public bool RebuildsIndexes => ForeignKeys.Options.IndexRebuild == IndexRebuild.Always;

    /// <summary>
    /// Whether the parents of a batch must be sent before it. With other strategies, parents may be sent in fewer, larger batches at the
    /// end.
    /// </summary>
    public bool ChecksRowsAsTheyCome => Strategy is OrderedStrategy or DeferredStrategy;

    /// <summary>Whether the proof begins with a <see cref="LoadTransaction.NewBatch"/>, which shows its stage.</summary>
    public bool ProvesInOneBatch => Strategy is ForeignKeyStrategy { FinishesInOneBatch: true };

    private LoadPreflight Preflight => Plan.Preflight;

    /// <summary>Opens the load in its transaction.</summary>
    /// <param name="load">The transaction; only changes of the schema may have been made in it.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="prepare">Work of the caller under the locks, after all checks have passed and before any change; null for none.</param>
    /// <param name="audit">Receives the plan and everything the strategy does; null for no audit.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="DatabaseException">A lock could not be acquired in time, or a statement failed.</exception>
    /// <exception cref="ForeignKeyException">No strategy is possible, or a statement of it failed.</exception>
    public static async Task<LoadOpening> OpenAsync(
        LoadTransaction load, LoadPlan plan, CommitStep? prepare, IAuditSink? audit, CancellationToken cancellationToken)
    {
        LoadRequest request = plan.Asked with { SchemaMayChange = false };
        bool isConfirmed = await IsConfirmedAsync(load, plan, cancellationToken).ConfigureAwait(false);
        if (!isConfirmed)
            await load.EnterStageAsync(PlanConfirmation.Preparing, cancellationToken).ConfigureAwait(false);
        LoadPlan locked = isConfirmed ? plan : await (plan.Stamp is null ? LockNewAsync() : LockAsync(plan)).ConfigureAwait(false);
        if (prepare is not null)
        {
            await prepare.Work(load, cancellationToken).ConfigureAwait(false);

            // The removed object may have prevented TRUNCATE.
            if (locked.Preflight.Emptying == EmptyingMethod.Delete)
                locked = await LockAsync(await ReadAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }

        var opening = new LoadOpening(locked, isConfirmed) { areSettingsKnown = prepare is null && plan.Asked.Checks is null };
        await opening.StartAsync(load, audit ?? NullAuditSink.Instance, cancellationToken).ConfigureAwait(false);
        return opening;

        Task<LoadPlan> ReadAsync() => LoadPlan.ReadAsync(plan.Database, load, request, cancellationToken);

        // This look only decides the lock mode. Upgrading a lock later can deadlock with sessions that read and then write.
        Task<LoadPlan> LookAsync() => UnlockedLook.RunAsync(load.Connection, ReadAsync, cancellationToken);

        // Tables that this transaction has created are locked in the strongest mode already.
        async Task<LoadPlan> LockNewAsync()
        {
            LoadRequest resolved = request.Resolve(load.Resolve);
            IEnumerable<string> names = resolved.Tables.Concat(resolved.TruncatedAlong).Select(table => table.QualifiedName);
            if (!await TableLocks.HoldsAllAsync(load.Connection, names, cancellationToken).ConfigureAwait(false))
                return await LockAsync(await LookAsync().ConfigureAwait(false)).ConfigureAwait(false);
            LoadPlan under = await ReadAsync().ConfigureAwait(false);
            under.ThrowIfRefused();
            return under;
        }

        async Task<LoadPlan> LockAsync(LoadPlan look)
        {
            LoadPreflight seen = look.Preflight;
            while (true)
            {
                IEnumerable<CopyTable> along = seen.Emptying == EmptyingMethod.Truncate ? seen.TruncatedAlong : [];
                if (seen.IsShared || seen.Tables.All(table => table is { Exists: false } or { CanLock: true }))
                {
                    await TableLocks.LockAsync(load.Connection, seen.Request.Tables.Concat(along).Select(table => table.QualifiedName),
                        seen.LockMode, cancellationToken).ConfigureAwait(false);
                }

                LoadPlan under = await ReadAsync().ConfigureAwait(false);
                under.ThrowIfRefused();
                LoadPreflight now = under.Preflight;

                // Tables outside the load that are truncated with it must also be seen empty under their locks.
                bool isLockedAlong = now.Emptying != EmptyingMethod.Truncate
                    || (seen.Emptying == EmptyingMethod.Truncate && now.TruncatedAlong.All(seen.TruncatedAlong.Contains));
                if (now.LockMode <= seen.LockMode && isLockedAlong)
                    return under;
                seen = now;
            }
        }
    }

    /// <summary>Lets the strategy restore and prove every key, after the last row.</summary>
    public async Task ProveAsync(NpgsqlConnection connection, LoadRecorder recorder, CancellationToken cancellationToken)
    {
        await Strategy.AfterLoadAsync(connection, cancellationToken).ConfigureAwait(false);

        // PostgreSQL made the deferred checks row by row. The additional set-wise query proves the same for the rows in the tables.
        if (Strategy is DeferredStrategy && recorder.Proofs.Count == 0)
            await ForeignKeyProof.ProveAllAsync(connection, ForeignKeys.Catalog, recorder, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Locks the tables as planned and checks, with one short query, whether the plan is still valid. If rows are to be removed, the plan
    /// is always made again, because it depends on the rows.
    /// </summary>
    private static async Task<bool> IsConfirmedAsync(LoadTransaction load, LoadPlan plan, CancellationToken cancellationToken)
    {
        LoadPreflight planned = plan.Preflight;
        if (plan.Stamp is null || planned.IsRefused || plan.Asked.Content == TableContent.Replace)
            return false;
        try
        {
            if (await PlanConfirmation.AskAsync(load, plan, cancellationToken).ConfigureAwait(false) is not true)
                return false;
        }
        catch (PostgresException error)
            when (error.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName
                or PostgresErrorCodes.InsufficientPrivilege)
        {
            // The transaction is aborted, so nothing more can be queried. A dropped table or a revoked privilege is a refusal, not a
            // failure of the server.
            var gone = new LoadFinding(
                "tables", true, $"Since the load was planned, its tables have changed: {error.MessageText} ({error.SqlState}).");
            throw plan.Asked.Refusal?.Invoke(load.Server, [gone]) ?? new LoadRefusedException(
                $"{load.Server} cannot take this load: {gone.Message} Nothing was changed. Plan again.", [gone]);
        }

        return plan.Asked.Checks is not { } checks
            || !(await checks(planned, load.Connection, cancellationToken).ConfigureAwait(false)).Any(finding => finding.IsObstacle);
    }

    private async Task StartAsync(LoadTransaction load, IAuditSink audit, CancellationToken cancellationToken)
    {
        // An index rebuild needs empty tables, so they are emptied before it. Otherwise they are emptied after the strategy has begun, so
        // that deletions can be checked at the end.
        bool isEmptiedFirst = ForeignKeys.Options.IndexRebuild != IndexRebuild.Never;
        if (isEmptiedFirst)
            await EmptyAsync(load, cancellationToken).ConfigureAwait(false);
        await StartStrategyAsync(load, audit, cancellationToken).ConfigureAwait(false);
        if (!isEmptiedFirst)
            await EmptyAsync(load, cancellationToken).ConfigureAwait(false);
    }

    private async Task EmptyAsync(LoadTransaction load, CancellationToken cancellationToken)
    {
        if (Preflight.Emptying is not { } method)
            return;
        CopyTable[] childrenFirst = [.. Preflight.Request.Tables.Reverse()];
        CopyTable[] together = method == EmptyingMethod.Truncate ? [.. Preflight.TruncatedAlong, .. childrenFirst] : childrenFirst;
        Emptied = await TableCleaner.EmptyAsync(load.Connection, together, method, cancellationToken).ConfigureAwait(false);
        if (method != EmptyingMethod.Delete)
            return;

        // A trigger or a rule can prevent rows from being deleted.
        IReadOnlyList<TableState> states =
            await TableInspector.ReadAsync(load.Connection, childrenFirst, cancellationToken).ConfigureAwait(false);
        if (states.Where(state => state.HasRows == true).Select(state => state.Table.ToString()).ToList() is { Count: > 0 } kept)
            DatabaseThrow.RowsKept(load.Server, kept);
    }

    private async Task StartStrategyAsync(LoadTransaction load, IAuditSink audit, CancellationToken cancellationToken)
    {
        while (true)
        {
            Strategy = ForeignKeyLoad.Prepare(ForeignKeys, audit).Strategy;

            // No savepoint is needed for a strategy that the plan has already tried, or that changes no definition.
            if (isConfirmed && remarks.Count == 0 && Strategy is ForeignKeyStrategy confirmed and not RecreateStrategy)
            {
                await confirmed.BeforeConfirmedLoadAsync(load, Preflight.Rights!, areSettingsKnown, cancellationToken).ConfigureAwait(
                    false);
                return;
            }

            await Sql.ExecuteAsync(load.Connection, $"SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            string words;
            try
            {
                await Strategy.BeforeLoadAsync(load.Connection, cancellationToken).ConfigureAwait(false);
                await Sql.ExecuteAsync(load.Connection, $"RELEASE SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ForeignKeyException error) when (error.InnerException is PostgresException refusal && IsRefusal(refusal))
            {
                words = $"{refusal.SqlState} {refusal.MessageText}";
            }

            await Sql.ExecuteAsync(load.Connection, $"ROLLBACK TO SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            await Sql.ExecuteAsync(load.Connection, $"RELEASE SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
            await PlanAgainAsync(load, words, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task PlanAgainAsync(LoadTransaction load, string words, CancellationToken cancellationToken)
    {
        ForeignKeyOptions refused = ForeignKeys.Options;
        if (Next(refused, Strategy.Name, words) is not { } next)
        {
            var finding = new LoadFinding(StrategyTrial.Check, true, Tried(Strategy.Name, words));
            throw new LoadRefusedException(
                $"{load.Server} cannot take this load: {finding.Message} Nothing was changed. Choose another strategy, or allow the role "
                    + $"to do what was refused.", [finding]);
        }

        remarks.Add($"{Tried(Strategy.Name, words)} Another one was used.");
        ForeignKeys = await ForeignKeyLoad.PlanAsync(load.Connection, ForeignKeys.Catalog, next, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The sentence that tells that the server refused a strategy.</summary>
    internal static string Tried(string strategy, string words) =>
        $"Foreign-key strategy {strategy} was tried, and the server refused: {words.TrimEnd('.')}.";

    /// <summary>The options to try after the server has refused a strategy; null if the caller wants no other.</summary>
    internal static ForeignKeyOptions? Next(ForeignKeyOptions refused, string strategy, string words) =>
        refused.Choice != ForeignKeyChoice.Auto && refused.Otherwise is null ? null : (refused.Otherwise ?? refused) with
        {
            SharesTables = refused.SharesTables,
            RemovesRows = refused.RemovesRows,
            Refused = new Dictionary<string, string>(refused.Refused) { [strategy] = words },
        };

    /// <summary>
    /// Whether the server refuses the statement itself. False for a lock conflict, a cancellation, a lost connection and the like.
    /// </summary>
    internal static bool IsRefusal(PostgresException error) =>
        error.SqlState is not (PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled)
        && error.SqlState[..2] is not ("08" or "40" or "53" or "57" or "58" or "XX");
}
