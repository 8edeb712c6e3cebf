using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;

namespace StellarPipeline.Postgres;

/// <summary>Opens a load: locks its tables, checks everything again under the locks, empties the tables where that is wanted, and starts the foreign-key strategy.</summary>
/// <remarks>
/// The locks come before the catalogue and emptiness are read, so that what was read holds until COMMIT. Where the server refuses what <c>auto</c> chose, the next strategy is tried:
/// each start is behind a savepoint.
/// </remarks>
public sealed class LoadOpening
{
    private const string Savepoint = "load_start";
    private readonly List<string> remarks = [];

    private LoadOpening(LoadPreflight preflight) => Preflight = preflight;

    /// <summary>What was found under the locks.</summary>
    public LoadPreflight Preflight { get; private set; }

    /// <summary>How the foreign keys are kept.</summary>
    public ForeignKeyPlan Plan { get; private set; } = null!;

    /// <summary>The strategy that keeps them, started.</summary>
    public IForeignKeyStrategy Strategy { get; private set; } = null!;

    /// <summary>How the tables were emptied; null where they were not.</summary>
    public EmptyingResult? Emptied { get; private set; }

    /// <summary>What an operator should know, in full sentences.</summary>
    public IReadOnlyList<string> Remarks => remarks;

    /// <summary>Opens the load in its transaction.</summary>
    /// <param name="load">The transaction, in which nothing was done yet.</param>
    /// <param name="request">What the load is going to do.</param>
    /// <param name="foreignKeys">Says how the foreign keys are to be kept, once the tables are known.</param>
    /// <param name="refuse">Makes the exception for a preflight with obstacles; called under the locks, for a preflight without obstacles too, where null lets the load go on.</param>
    /// <param name="prepare">Work of the caller's under the locks, when nothing refuses the load any more and nothing was changed yet; null for none.</param>
    /// <param name="audit">Takes the plan and everything the strategy does; null for nowhere.</param>
    /// <param name="cancellationToken">Stops the work; the transaction must then be rolled back.</param>
    /// <exception cref="DatabaseException">A lock was not to be had in time, or a statement failed.</exception>
    /// <exception cref="ForeignKeyException">No strategy is possible, or a statement of it failed.</exception>
    public static async Task<LoadOpening> OpenAsync(
        LoadTransaction load,
        LoadRequest request,
        Func<LoadPreflight, CancellationToken, Task<ForeignKeyOptions>> foreignKeys,
        Func<LoadPreflight, CancellationToken, Task<Exception?>> refuse,
        Func<CancellationToken, Task>? prepare = null,
        IAuditSink? audit = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(refuse);

        request = request.Resolve(load.Resolve);

        // The first look only says how strongly to lock: a lock that is made stronger later can dead-lock with whoever reads and then writes.
        LoadPreflight first = await UnlockedLook.RunAsync(load.Connection, ReadAsync, cancellationToken).ConfigureAwait(false);
        LoadPreflight locked = await LockAsync(first).ConfigureAwait(false);
        if (prepare is not null)
        {
            await prepare(cancellationToken).ConfigureAwait(false);

            // What it removed may have been in the way of TRUNCATE.
            if (locked.Emptying == EmptyingMethod.Delete)
                locked = await LockAsync(await ReadAsync().ConfigureAwait(false)).ConfigureAwait(false);
        }

        var opening = new LoadOpening(locked);
        await opening.StartAsync(load, audit ?? NullAuditSink.Instance, cancellationToken).ConfigureAwait(false);
        return opening;

        Task<LoadPreflight> ReadAsync() => LoadPreflight.ReadAsync(load.Connection, request, foreignKeys, cancellationToken);

        async Task<LoadPreflight> LockAsync(LoadPreflight seen)
        {
            while (true)
            {
                IEnumerable<CopyTable> along = seen.Emptying == EmptyingMethod.Truncate ? seen.TruncatedAlong : [];
                if (seen.IsShared || seen.Tables.All(table => table is { Exists: false } or { CanLock: true }))
                    await TableLocks.LockAsync(load.Connection, request.Tables.Concat(along).Select(table => table.QualifiedName), seen.LockMode, cancellationToken).ConfigureAwait(false);
                LoadPreflight now = await ReadAsync().ConfigureAwait(false);
                if (await refuse(now, cancellationToken).ConfigureAwait(false) is { } refusal)
                    throw refusal;
                now.ThrowIfRefused(load.Server);

                // A table that is truncated along must have been seen to be empty under its lock, too.
                bool isLockedAlong = now.Emptying != EmptyingMethod.Truncate || (seen.Emptying == EmptyingMethod.Truncate && now.TruncatedAlong.All(seen.TruncatedAlong.Contains));
                if (now.LockMode <= seen.LockMode && isLockedAlong)
                    return now;
                seen = now;
            }
        }
    }

    private async Task StartAsync(LoadTransaction load, IAuditSink audit, CancellationToken cancellationToken)
    {
        // A rebuild looks for empty tables, so they are emptied before it; else after the strategy has begun, which lets deletions be checked at the end.
        bool isEmptiedFirst = Preflight.Plan!.Options.IndexRebuild != IndexRebuild.Never;
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

        // A trigger or a rule can keep rows that were to be deleted.
        IReadOnlyList<TableState> states = await TableInspector.ReadAsync(load.Connection, childrenFirst, cancellationToken).ConfigureAwait(false);
        if (states.Where(state => state.HasRows == true).Select(state => state.Table.ToString()).ToList() is { Count: > 0 } kept)
            DatabaseThrow.RowsKept(load.Server, kept);
    }

    private async Task StartStrategyAsync(LoadTransaction load, IAuditSink audit, CancellationToken cancellationToken)
    {
        Plan = Preflight.Plan!;
        while (true)
        {
            Strategy = ForeignKeyLoad.Prepare(Plan, audit).Strategy;
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
        ForeignKeyOptions refused = Plan.Options;
        if (refused.Choice != ForeignKeyChoice.Auto && refused.Otherwise is null)
        {
            var finding = new LoadFinding("foreign keys", true, $"Foreign-key strategy {Strategy.Name} was tried, and the server refused: {words.TrimEnd('.')}.");
            throw new LoadRefusedException($"{load.Server} cannot take this load: {finding.Message} Nothing was changed. Choose another strategy, or let the role do what was refused.", [finding]);
        }

        remarks.Add($"Foreign-key strategy {Strategy.Name} was tried, and the server refused: {words.TrimEnd('.')}. Another one was used.");
        ForeignKeyOptions next = (refused.Otherwise ?? refused) with
        {
            SharesTables = refused.SharesTables,
            RemovesRows = refused.RemovesRows,
            Refused = new Dictionary<string, string>(refused.Refused) { [Strategy.Name] = words },
        };
        Plan = await ForeignKeyLoad.PlanAsync(load.Connection, Plan.Catalog, next, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether the server will not do it, rather than that it was in the way of somebody: a lock, a cancellation, a lost connection.</summary>
    private static bool IsRefusal(PostgresException error) =>
        error.SqlState is not (PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.QueryCanceled)
        && error.SqlState[..2] is not ("08" or "40" or "53" or "57" or "58" or "XX");
}
