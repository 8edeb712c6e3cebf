using Npgsql;
using StellarPipeline.Postgres;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Stellar.Wallet;

namespace StellarPipeline.Stellar.Populate;

/// <summary>What the load of a checkpoint wants of its database: the same for a plan that somebody reads and for the load.</summary>
/// <param name="options">How the load would be made.</param>
/// <param name="expectedRows">A guess at how many rows come: decides how to load, never what.</param>
public sealed class PopulateChecks(PopulateOptions options, long expectedRows)
{
    internal const string LatestCursor = "latest_ingest_ledger";

    // Measured: six million rows load in 12 s with their indexes built afterwards and in 14 s with them in place; below a million the difference is lost in the fixed costs.
    private const long RebuildRowsMin = 1_000_000;

    private string keptReason = "";

    /// <summary>What is going to be done to which tables, named without schema.</summary>
    public LoadRequest Request { get; } = new()
    {
        Tables = WalletTables.All,
        Expected = [.. WalletTables.All.Select(table => WalletTables.Expect(table, options.Checkpoint.Ledger))],
        Access = TableAccess.Exclusive,
        Content = options.Replace ? TableContent.Replace : TableContent.MustBeEmpty,
        TruncatedAlong = WalletTables.Dependents,
        MayChangeDependents = options.MayChangeDependents,
    };

    /// <summary>Says how the foreign keys are to be kept, and whether building the indexes after the load is worth it here; notes why or why not.</summary>
    /// <remarks>Rows are updated only where parents were written early, which is never under replica: its silenced UPDATE triggers do not matter.</remarks>
    /// <param name="preflight">What is known of the tables.</param>
    /// <param name="cancellationToken">Not needed: nothing is asked.</param>
    public Task<ForeignKeyOptions> ChooseForeignKeysAsync(LoadPreflight preflight, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(preflight);
        var wanted = new ForeignKeyOptions
        {
            Choice = options.IndexRebuild == IndexRebuild.Always ? ForeignKeyChoice.Recreate : options.ForeignKeys,
            IndexRebuild = options.IndexRebuild == IndexRebuild.Always ? IndexRebuild.Always : IndexRebuild.Never,
            WritesParentsFirst = true,
            ProveAlways = options.ProveAlways,
        };
        if (options.IndexRebuild != IndexRebuild.Auto) return Task.FromResult(wanted);
        bool isEmpty = preflight.Tables.All(state => state.HasRows == false) || (options.Replace && preflight.Tables.All(state => state.CanTruncate));
        keptReason = options.ForeignKeys is not (ForeignKeyChoice.Auto or ForeignKeyChoice.Recreate) ? "Indexes are kept: another foreign-key strategy than recreate was asked for."
            : expectedRows < RebuildRowsMin ? FormattableString.Invariant($"Indexes are kept: about {expectedRows:N0} rows are expected, and a rebuild pays from {RebuildRowsMin:N0}.")
            : !isEmpty ? "Indexes are kept: the tables hold rows."
            : "";
        return Task.FromResult(keptReason.Length > 0 ? wanted : wanted with { Choice = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always, Otherwise = wanted });
    }

    /// <summary>Finds out whether the cursors of ingestion allow the load.</summary>
    /// <param name="connection">The connection of the role that will load.</param>
    /// <param name="resolve">Gives a table its schema.</param>
    /// <param name="mayBeMissing">Whether their table may still come, by a migration.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <returns>Obstacles; none where the load may go on.</returns>
    public async Task<IReadOnlyList<LoadFinding>> FindCursorObstaclesAsync(
        NpgsqlConnection connection, Func<CopyTable, CopyTable> resolve, bool mayBeMissing, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resolve);
        TableState cursors = (await TableInspector.ReadAsync(connection, [resolve(WalletTables.IngestStore)], cancellationToken).ConfigureAwait(false))[0];
        if (!cursors.Exists && mayBeMissing) return [];
        var obstacles = new List<LoadFinding>();
        var expectation = new TableExpectation(cursors.Table, ["character varying|text", "character varying|text"]);
        obstacles.AddRange(TableInspector.Differences(cursors, expectation).Select(difference => new LoadFinding(LoadPreflight.TableShape, true, $"{difference}.")));
        if (obstacles.Count > 0) return obstacles;
        if (cursors.WhyUnknown is { } hidden) return [new LoadFinding("rights", true, $"The cursors of ingestion cannot be read: {hidden}.")];
        return options.Replace || await CursorAsync(connection, cursors.Table, cancellationToken).ConfigureAwait(false) is not { } cursor
            ? [] : [new LoadFinding("emptiness", true, $"The cursor {LatestCursor} is set to {cursor}: this database is in use.")];
    }

    /// <summary>Whether balances of contracts that no instance proves to be an asset's must be left out: a constraint wants an asset in every row of an asset contract.</summary>
    /// <param name="preflight">What is known of the tables.</param>
    internal static bool WantsProvedAssets(LoadPreflight preflight) => preflight.Avoided.Any(sample => sample.Name == WalletSamples.UnprovedAsset);

    /// <summary>Obstacles beyond those of the preflight: the rights that leaving rows out takes.</summary>
    /// <param name="preflight">What is known of the tables.</param>
    public static IEnumerable<LoadFinding> FindRightObstacles(LoadPreflight preflight)
    {
        ArgumentNullException.ThrowIfNull(preflight);
        if (!WantsProvedAssets(preflight)) return [];
        return preflight.Tables.Where(state => state is { Exists: true, CanDelete: false } && state.Table.Name is "sac_balances" or "contract_tokens").Select(state => new LoadFinding(
            "rights", true, $"A constraint of contract_tokens wants an asset in every row of an asset contract, so balances of contracts that are none are taken out before COMMIT, and the role may not DELETE FROM {state.Table}. Let its owner run: GRANT DELETE ON {state.Table.QualifiedName} TO the role."));
    }

    /// <summary>Whether the indexes are built after the load, and why or why not.</summary>
    internal string RebuildReason(bool rebuilds) => options.IndexRebuild != IndexRebuild.Auto ? ""
        : rebuilds ? FormattableString.Invariant($"Indexes are built after the load: the tables are empty, the role owns them, and about {expectedRows:N0} rows are expected.")
        : keptReason.Length > 0 ? keptReason
        : "Indexes are kept: the role does not own all tables.";

    /// <summary>The refusal of a load that something stands in the way of; null when nothing does.</summary>
    internal async Task<PopulateException?> RefuseAsync(LoadTransaction load, LoadPreflight preflight, bool isMigratedLater, CancellationToken cancellationToken)
    {
        List<LoadFinding> obstacles = [.. preflight.Obstacles.Where(obstacle => !(isMigratedLater && obstacle.Check == LoadPreflight.TableShape))];
        obstacles.AddRange(FindRightObstacles(preflight));
        obstacles.AddRange(await FindCursorObstaclesAsync(load.Connection, load.Resolve, isMigratedLater, cancellationToken).ConfigureAwait(false));
        return obstacles.Count > 0 ? PopulateThrow.Refused(load.Server, obstacles) : null;
    }

    private static async Task<string?> CursorAsync(NpgsqlConnection connection, CopyTable cursors, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name of the table is a quoted identifier.
        var command = new NpgsqlCommand($"SELECT value FROM {cursors.QualifiedName} WHERE key = '{LatestCursor}' AND value <> '0'", connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false)) return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
