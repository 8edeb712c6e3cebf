using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Audit;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>
/// For strategies that let PostgreSQL check the keys: makes sure that it checks them, and proves the keys that it does not check.
/// </summary>
internal sealed class CheckedKeys(ForeignKeyOptions options, IAuditSink audit)
{
    private ForeignKeyCatalog? locked;
    private bool silent;

    /// <summary>Why PostgreSQL does not check the keys, as a full sentence.</summary>
    public static string NotChecked(RoleRights rights, string refusal) =>
        $"In this session {ReplicationSession.Parameter} is {rights.ReplicationRole} (a default of the role or the database), so "
            + $"PostgreSQL checks no foreign key, and role {rights.Role} may not set it to origin: {refusal.TrimEnd('.')}.";

    /// <summary>Adds the requirements of the keys that PostgreSQL does not check to a strategy's probe.</summary>
    public static StrategyProbe With(StrategyProbe probe, ForeignKeyCatalog catalog, ForeignKeyOptions options, RoleRights rights)
    {
        List<ForeignKey> keys = [.. Unchecked(catalog, !rights.IsChecked)];
        if (keys.Count == 0 && rights.IsChecked)
            return probe;
        var obstacles = new List<string>();
        var remedies = new List<string>();
        UncheckedKeys.Judge(keys, catalog, options, rights, obstacles, remedies);
        if (rights.OriginRefusal is not { } refusal)
            return probe with { Obstacles = [.. probe.Obstacles, .. obstacles], Remedies = [.. probe.Remedies, .. remedies] };
        string why = NotChecked(rights, refusal);
        remedies.Add($"ALTER ROLE {SqlText.Identifier(rights.Role)} SET {ReplicationSession.Parameter} = origin;");
        return obstacles.Count == 0
            ? probe with { Cautions = [.. probe.Cautions, $"{why} Every key is proved by an anti-join instead."] }
            : probe with { Obstacles = [.. probe.Obstacles, why, .. obstacles], Remedies = [.. probe.Remedies, .. remedies.Distinct()] };
    }

    /// <summary>Makes sure that PostgreSQL checks the keys, and locks the tables of keys that must be proved instead.</summary>
    public async Task StartAsync(
        NpgsqlConnection connection, ForeignKeyCatalog catalog, RoleRights rights, bool isKnown, CancellationToken cancellationToken)
    {
        silent = !await ReplicationSession.TryEnterAsync(connection, rights, isKnown, audit, cancellationToken).ConfigureAwait(false);
        if (Unchecked(catalog, silent).Any())
            locked = await UncheckedKeys.LockAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether PostgreSQL checks the keys in this session.</summary>
    public bool AreChecked => !silent;

    /// <summary>The same as <see cref="FinishAsync"/> in one round trip, for keys that PostgreSQL checks.</summary>
    /// <param name="load">The load's transaction.</param>
    /// <param name="transactionId">The id that it must have.</param>
    /// <param name="catalog">The load's catalogue.</param>
    /// <param name="strategy">The strategy, for messages.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    public async Task FinishTogetherAsync(
        LoadTransaction load, ulong transactionId, ForeignKeyCatalog catalog, string strategy, CancellationToken cancellationToken)
    {
        (ulong found, string role) =
            await DeferredChecks.RunNowAsync(load, catalog, audit, cancellationToken).ConfigureAwait(false);
        if (found != transactionId) ForeignKeyThrow.OtherTransaction(strategy);
        ReplicationSession.RequireChecking(role);
        await ProveAsync(load.Connection, catalog, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs the deferred checks and proves the keys that were not checked, or all keys if requested.</summary>
    public async Task FinishAsync(NpgsqlConnection connection, ForeignKeyCatalog catalog, CancellationToken cancellationToken)
    {
        if (!silent)
            await ReplicationSession.RequireCheckingAsync(connection, cancellationToken).ConfigureAwait(false);
        await DeferredChecks.RunNowAsync(connection, catalog, audit, cancellationToken).ConfigureAwait(false);
        await ProveAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
    }

    private async Task ProveAsync(NpgsqlConnection connection, ForeignKeyCatalog catalog, CancellationToken cancellationToken)
    {
        if (silent)
        {
            await UncheckedKeys.ProveAsync(connection, locked ?? catalog, options, audit, cancellationToken).ConfigureAwait(false);
        }
        else if (options.ProveAlways)
        {
            await ForeignKeyProof.ProveAllAsync(connection, catalog, audit, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await ForeignKeyProof.ProveAllAsync(connection, catalog, Unchecked(catalog, all: false), audit, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Keys with altered triggers, which may not fire whatever the session's settings.</summary>
    private static IEnumerable<ForeignKey> Unchecked(ForeignKeyCatalog catalog, bool all) =>
        catalog.BindingKeys.Where(key => all || key.TriggerState == ForeignKeyTriggerState.Altered);
}
