using Npgsql;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.Load;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;
using StellarPipeline.Stellar.Projections;
using StellarPipeline.Stellar.Projections.Wallet;
using StellarPipeline.Stellar.Schema;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Stellar.Jobs.Populate;

/// <summary>The checks of a checkpoint load on its database; a plan and the load use the same ones.</summary>
/// <param name="options">The options of the load.</param>
/// <param name="projections">What is stored; null for only the wallet tables.</param>
public sealed class PopulateChecks(PopulateOptions options, IReadOnlyList<IProjection<LedgerEntryView>>? projections = null)
{
    // Measured with the native program, whole processes: 250,000 rows load in 0.93 s if their indexes are built afterwards and in 1.06 s
    // with the indexes in place, 500,000 in 1.36 and 1.56 s, six million in 12 and 14 s. At 50,000 rows both take the same time.
    private const long MinRebuildRows = 100_000;

    private string keptReason = "";

    /// <summary>An estimate of the rows: decides how they are loaded, never which.</summary>
    public long ExpectedRows { get; set; }

    /// <summary>A further check before the load, in the transaction of the checks; null for none.</summary>
    internal Func<CancellationToken, Task>? LookToo { get; set; }

    /// <summary>Findings of the caller that belong to the same refusal, so that one script grants every missing right.</summary>
    internal IReadOnlyList<LoadFinding> More { get; set; } = [];

    /// <summary>What the load will do to which tables, named without schema.</summary>
    public LoadRequest Request => new()
    {
        Tables = projections is null ? WalletTables.All : [.. projections.SelectMany(projection => projection.Tables)],
        Expected =
            projections is null
                ? [.. WalletTables.All.Select(table => WalletTables.Expect(table, options.Checkpoint.Ledger))]
                : [.. projections.SelectMany(projection => projection.Expected)],
        Access = TableAccess.Exclusive,
        Content = options.Replace ? TableContent.Replace : TableContent.MustBeEmpty,
        TruncatedAlong = projections is null ? WalletTables.Dependents : [.. projections.SelectMany(projection => projection.Dependents)],
        MayChangeDependents = options.MayChangeDependents,
        ChooseForeignKeys = ChooseForeignKeys,
        Checks = CheckAsync,
        Refusal = PopulateThrow.Refused,
    };

    /// <summary>Why the indexes are built after the load, or why not.</summary>
    internal string RebuildReason(bool rebuilds) => options.IndexRebuild != IndexRebuild.Auto ? ""
        : rebuilds
        ? FormattableString.Invariant(
            $"Indexes are built after the load: the tables are empty, the role owns them, and about {ExpectedRows:N0} rows are expected.")
        : keptReason.Length > 0 ? keptReason
        : "Indexes are kept: the role does not own all tables.";

    /// <summary>
    /// Chooses how the foreign keys are kept, and whether to build the indexes after the load, and records the reason.
    /// </summary>
    /// <remarks>
    /// Rows are updated only if parents were written early, which never happens under replica: so its disabled UPDATE triggers do not
    /// matter.
    /// </remarks>
    private ForeignKeyOptions ChooseForeignKeys(LoadPreflight preflight)
    {
        var wanted = new ForeignKeyOptions
        {
            Choice = options.IndexRebuild == IndexRebuild.Always ? ForeignKeyChoice.Recreate : options.ForeignKeys,
            IndexRebuild = options.IndexRebuild == IndexRebuild.Always ? IndexRebuild.Always : IndexRebuild.Never,
            WritesParentsFirst = true,
            ProveAlways = options.ProveAlways,
        };
        if (options.IndexRebuild != IndexRebuild.Auto) return wanted;
        bool isEmpty =
            preflight.Tables.All(state => state.HasRows == false) || (options.Replace && preflight.Tables.All(state => state.CanTruncate));
        keptReason = options.ForeignKeys is not (ForeignKeyChoice.Auto or ForeignKeyChoice.Recreate)
            ? "Indexes are kept: a foreign-key strategy other than recreate was requested."
            : ExpectedRows < MinRebuildRows
            ? FormattableString.Invariant(
                $"Indexes are kept: about {ExpectedRows:N0} rows are expected, and rebuilding pays off from {MinRebuildRows:N0} rows.")
            : !isEmpty ? "Indexes are kept: the tables have rows."
            : "";
        return keptReason.Length > 0
            ? wanted
            : wanted with { Choice = ForeignKeyChoice.Recreate, IndexRebuild = IndexRebuild.Always, Otherwise = wanted };
    }

    /// <summary>Checks whether the cursors of ingestion, and what depends on them, allow the load.</summary>
    private async Task<IReadOnlyList<LoadFinding>> CheckAsync(
        LoadPreflight preflight, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var store = new CopyTable(preflight.Request.Tables[0].Schema, WalletTables.IngestStore.Name, WalletTables.IngestStore.Columns);
        List<LoadFinding> obstacles = [.. More, .. FindRightObstacles(preflight)];
        obstacles.AddRange(await FindHistoryRightsAsync(connection, store, preflight.Role, cancellationToken).ConfigureAwait(false));
        obstacles.AddRange(
            await FindCursorObstaclesAsync(
                connection, store, preflight.Role, preflight.Request.SchemaMayChange, cancellationToken).ConfigureAwait(false));

        // A strategy chosen by name has no fallback: if the server rejects it, that must be found before the archive is read.
        if (LookToo is not null && options.ForeignKeys == ForeignKeyChoice.Recreate && obstacles.Count == 0
            && preflight is { IsRefused: false, Plan: { } plan })
        {
            await StrategyTrial.RunAsync(connection, plan, obstacles, cancellationToken).ConfigureAwait(false);
        }

        // Conflicts with history are a separate refusal that counts rows. It is checked only if there is no simpler obstacle.
        if (LookToo is { } look && !obstacles.Exists(finding => finding.IsObstacle) && !preflight.IsRefused
            && preflight.Tables.All(table => table.Exists))
        {
            await look(cancellationToken).ConfigureAwait(false);
        }

        return obstacles;
    }

    /// <summary>
    /// Whether balances of contracts that no instance proves to be asset contracts must be left out, because a constraint requires an asset
    /// in every row of an asset contract.
    /// </summary>
    /// <param name="preflight">What is known about the tables.</param>
    internal static bool WantsProvedAssets(LoadPreflight preflight) =>
        preflight.Avoided.Any(sample => sample.Name == WalletSamples.UnprovedAsset);

    /// <summary>Missing rights to read which migrations are applied; empty if the database has no record yet.</summary>
    internal static async Task<IReadOnlyList<LoadFinding>> FindUnreadableRecordsAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        string role;
        var command = new NpgsqlCommand("SELECT pg_catalog.quote_ident(current_user)", connection);
        await using (command.ConfigureAwait(false))
            role = (string)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        var store = new CopyTable(schema, WalletTables.IngestStore.Name, WalletTables.IngestStore.Columns);
        List<MissingRight> missing = await FindMissingRightsAsync(
            connection, store, [.. WalletSchema.Migrations.Select(set => $"{set.TrackingTable}.id")], ["SELECT"], role, cancellationToken)
            .ConfigureAwait(false);
        return missing.Count == 0 ? [] : [new LoadFinding("rights", true,
            $"The role may not SELECT from {string.Join(", ", missing.Select(right => right.Name))}, which record applied migrations.")
        {
            Missing = missing,
        }];
    }

    /// <summary>Missing rights to leave out rows.</summary>
    private static IEnumerable<LoadFinding> FindRightObstacles(LoadPreflight preflight)
    {
        if (!WantsProvedAssets(preflight)) return [];
        return preflight.Tables.Where(
            state => state is { Exists: true, CanDelete: false } && state.Table.Name is "sac_balances" or "contract_tokens").Select(
            state => new LoadFinding(
                "rights", true,
                $"A constraint of contract_tokens requires an asset in every row of an asset contract, so balances of other contracts are "
                    + $"deleted before COMMIT, but the role may not DELETE FROM {state.Table}.")
            {
                Missing = [new MissingRight("DELETE", "", state.Table.QualifiedName, preflight.Role)],
            });
    }

    private async Task<IReadOnlyList<LoadFinding>> FindCursorObstaclesAsync(
        NpgsqlConnection connection, CopyTable store, string role, bool mayBeMissing, CancellationToken cancellationToken)
    {
        TableState cursors = (await TableInspector.ReadAsync(connection, [store], cancellationToken).ConfigureAwait(false))[0];
        if (!cursors.Exists && mayBeMissing) return [];
        var obstacles = new List<LoadFinding>();
        var expectation = new TableExpectation(cursors.Table, ["character varying|text", "character varying|text"]);
        obstacles.AddRange(TableInspector.Differences(cursors with { CanInsert = true }, expectation).Select(
            difference => new LoadFinding(LoadPreflight.TableShape, true, $"{difference}.")));
        if (obstacles.Count > 0) return obstacles;
        List<MissingRight> missing = await FindMissingRightsAsync(
            connection, cursors.Table, [$"{cursors.Table.Name}.key"], ["INSERT", "SELECT", "UPDATE"], role, cancellationToken)
            .ConfigureAwait(false);
        if (missing.Count > 0)
        {
            // The cursors are read, created and moved: with only SELECT, the load would fail in its last step.
            string privileges = string.Join(", ", missing.Select(right => right.Privilege));
            obstacles.Add(new LoadFinding("rights", true, $"The role may not {privileges} in {cursors.Table}, which holds the cursors of "
                + $"ingestion.")
            {
                Missing = missing,
            });
            return obstacles;
        }

        if (cursors.WhyUnknown is { } hidden)
            return [new LoadFinding("rights", true, $"The cursors of ingestion cannot be read: {hidden}.")];
        return options.Replace || await CursorAsync(connection, cursors.Table, cancellationToken).ConfigureAwait(false) is not { } cursor
            ? []
            : [new LoadFinding("emptiness", true, $"The cursor {Queries.IngestStore.Latest} is set to {cursor}: this database is in use.")];
    }

    /// <summary>Missing rights to read history, and to change it where the load does so.</summary>
    private async Task<List<LoadFinding>> FindHistoryRightsAsync(
        NpgsqlConnection connection, CopyTable store, string role, CancellationToken cancellationToken)
    {
        var wanted = new List<(string[] Columns, string Privilege, string Why)>
        {
            (LivingHistory.Columns, "SELECT", "so it is not known what is above the checkpoint"),
            ([LivingHistory.ProtocolStatus], "UPDATE",
                "but the load resets the classification status when there are contract codes not yet classified"),
        };
        if (options.DiscardHistoryAbove) wanted.Add((LivingHistory.Columns, "DELETE", "but --discard-history-above deletes rows of it"));
        ILookup<int, MissingRight> missing = await FindMissingRightsAsync(
            connection, store,
            [.. wanted.SelectMany((group, index) => group.Columns.Select(column => (index, column, group.Privilege)))], role,
            cancellationToken).ConfigureAwait(false);
        return [.. missing.OrderBy(group => group.Key).Select(group =>
        {
            (string[] _, string privilege, string why) = wanted[group.Key];
            string names = string.Join(", ", group.Select(right => right.Name));
            return new LoadFinding("rights", true, $"The role lacks {privilege} on {names}, {why}.") { Missing = [.. group] };
        })];
    }

    /// <summary>Rights that the role lacks on tables in the schema of the cursors.</summary>
    private static async Task<List<MissingRight>> FindMissingRightsAsync(
        NpgsqlConnection connection, CopyTable store, string[] columns, string[] privileges, string role,
        CancellationToken cancellationToken) =>
        [.. (await FindMissingRightsAsync(
            connection, store, [.. columns.SelectMany(column => privileges.Select(privilege => (0, column, privilege)))], role,
            cancellationToken).ConfigureAwait(false))[0]];

    /// <summary>The same for several groups of rights, in one query. A column of a table that does not exist needs no right.</summary>
    private static async Task<ILookup<int, MissingRight>> FindMissingRightsAsync(
        NpgsqlConnection connection, CopyTable store, (int Group, string Column, string Privilege)[] wanted, string role,
        CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            """
            SELECT DISTINCT p.number, p.privilege, format('%I.%I', n.nspname, c.relname)
              FROM pg_namespace n JOIN pg_class s ON s.relnamespace = n.oid AND s.relname = $2
              CROSS JOIN unnest($3::int[], $4::name[], $5::name[], $6::text[]) AS p(number, relation, attribute, privilege)
              JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.relation AND c.relkind IN ('r', 'p')
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = p.attribute AND NOT a.attisdropped
             WHERE n.nspname = $1 AND NOT has_table_privilege(c.oid, p.privilege) ORDER BY 1, 3, 2
            """,
            connection)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = store.Schema! }, new NpgsqlParameter<string> { TypedValue = store.Name },
                new NpgsqlParameter<int[]> { TypedValue = [.. wanted.Select(right => right.Group)] },
                new NpgsqlParameter<string[]> { TypedValue = [.. wanted.Select(right => right.Column.Split('.')[0])] },
                new NpgsqlParameter<string[]> { TypedValue = [.. wanted.Select(right => right.Column.Split('.')[1])] },
                new NpgsqlParameter<string[]> { TypedValue = [.. wanted.Select(right => right.Privilege)] },
            },
        };
        await using (command.ConfigureAwait(false))
        {
            var missing = new List<(int Group, MissingRight Right)>();
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    missing.Add((reader.GetInt32(0), new MissingRight(reader.GetString(1), "", reader.GetString(2), role)));
            }

            return missing.ToLookup(right => right.Group, right => right.Right);
        }
    }

    private static async Task<string?> CursorAsync(NpgsqlConnection connection, CopyTable cursors, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The name of the table is a quoted identifier.
        var command = new NpgsqlCommand(
            $"SELECT value FROM {cursors.QualifiedName} WHERE key = '{Queries.IngestStore.Latest}' AND value <> '0'", connection);
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }
}
