using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.ForeignKeys.Planning;
using StellarPipeline.Postgres.ForeignKeys.Strategies;
using StellarPipeline.Postgres.Load.Writers;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// The checks before a load, and their results. A plan that is only shown and the load itself use the same list of checks.
/// </summary>
/// <remarks>
/// A load runs the checks twice: before anything is fetched, without locks, and again under the locks of its transaction, where the results
/// hold until COMMIT. They change nothing. Whatever the server would certainly refuse is reported as an obstacle, with what to do.
/// </remarks>
public sealed class LoadPreflight
{
    /// <summary>Name of the check for tables and columns that a migration could create: <see cref="LoadFinding.Check"/>.</summary>
    public const string TableShape = "columns";

    private const string ForeignKeys = "foreign keys";
    private readonly List<LoadFinding> findings = [];

    private LoadPreflight(LoadRequest request) => Request = request;

    /// <summary>What the load will do.</summary>
    public LoadRequest Request { get; }

    /// <summary>The tables as they are, in the order of the request.</summary>
    public IReadOnlyList<TableState> Tables { get; private set; } = [];

    /// <summary>Tables outside the load that are certainly empty and may be truncated with its tables.</summary>
    public IReadOnlyList<CopyTable> TruncatedAlong { get; private set; } = [];

    /// <summary>Objects outside the load that depend on its tables.</summary>
    public IReadOnlyList<Dependent> Dependents { get; private set; } = [];

    /// <summary>Whether other sessions may write to the tables while the load runs.</summary>
    public bool IsShared { get; private set; }

    /// <summary>How existing rows are removed; null if they stay.</summary>
    public EmptyingMethod? Emptying { get; private set; }

    /// <summary>Rows that a constraint refuses and that the load can leave out: it must not write them.</summary>
    public IReadOnlyList<RowSample> Avoided { get; private set; } = [];

    /// <summary>How the foreign keys are kept; null if a table is missing.</summary>
    public ForeignKeyPlan? Plan { get; private set; }

    /// <summary>All findings, in the order of the checks.</summary>
    public IReadOnlyList<LoadFinding> Findings => findings;

    /// <summary>The findings that prevent the load.</summary>
    public IReadOnlyList<LoadFinding> Obstacles =>
        [.. findings.Where(finding => finding.IsObstacle && !(Request.SchemaMayChange && finding.Check == TableShape))];

    /// <summary>Whether the load would be refused.</summary>
    public bool IsRefused => Obstacles.Count > 0;

    /// <summary>The role that would load, quoted as in SQL.</summary>
    public string Role { get; private set; } = "";

    /// <summary>The privileges of the role when <see cref="Plan"/> was made.</summary>
    internal RoleRights? Rights { get; private set; }

    /// <summary>The mode in which the load locks its tables, from before its first row until COMMIT.</summary>
    public TableLockMode LockMode => IsShared ? TableLockMode.RowExclusive
        : Emptying == EmptyingMethod.Truncate || Plan?.Chosen?.Name == RecreateStrategy.StrategyName ? TableLockMode.AccessExclusive
        : Emptying == EmptyingMethod.Delete ? TableLockMode.Exclusive
        : TableLockMode.ShareRowExclusive;

    /// <summary>What the locks mean for other sessions, as a full sentence.</summary>
    public string LockText =>
        $"From its first row until COMMIT the load holds {TableLocks.Name(LockMode)} on its tables: " + LockMode switch
        {
            TableLockMode.RowExclusive => "other sessions may read and write.",
            TableLockMode.ShareRowExclusive => "other sessions may read; writers wait.",
            TableLockMode.Exclusive => "other sessions may read; writers wait, also writers of tables that refer to them.",
            _ => "readers and writers wait.",
        };

    /// <summary>Runs the checks.</summary>
    /// <param name="connection">A connection of the role that will load, or the load's own while its locks are held.</param>
    /// <param name="request">What the load will do; its tables must have their schemas.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="DatabaseException">The catalogue could not be read.</exception>
    /// <exception cref="ForeignKeyException">The catalogue could not be read, or the server is too old.</exception>
    public static async Task<LoadPreflight> ReadAsync(
        NpgsqlConnection connection, LoadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(request);
        var preflight = new LoadPreflight(request);
        CatalogQueries queries = await CatalogQueries.EnterAsync(connection, cancellationToken).ConfigureAwait(false);
        await preflight.CheckSessionAsync(connection, cancellationToken).ConfigureAwait(false);
        preflight.Tables = await TableInspector.ReadAsync(connection, request.Tables, cancellationToken).ConfigureAwait(false);
        preflight.CheckTables();
        await preflight.CheckRowsAsync(connection, cancellationToken).ConfigureAwait(false);
        preflight.CheckAccess();
        preflight.CheckContent();
        if (request.Content != TableContent.Keep)
            await preflight.CheckDependentsAsync(connection, cancellationToken).ConfigureAwait(false);
        if (preflight.Tables.All(table => table is { Exists: true, Kind: 'r' or 'p' }))
            await preflight.CheckForeignKeysAsync(connection, cancellationToken).ConfigureAwait(false);
        await queries.LeaveAsync(connection, cancellationToken).ConfigureAwait(false);
        if (request.Checks is { } checks)
            preflight.findings.AddRange(await checks(preflight, connection, cancellationToken).ConfigureAwait(false));
        return preflight;
    }

    /// <summary>Throws if there are obstacles.</summary>
    /// <param name="server">The server, for the message.</param>
    /// <exception cref="ForeignKeyException">Only the foreign keys prevent the load.</exception>
    /// <exception cref="LoadRefusedException">Something prevents the load; the message lists all obstacles. If the request has
    /// <see cref="LoadRequest.Refusal"/>, the exception that it makes is thrown instead.</exception>
    public void ThrowIfRefused(string server)
    {
        IReadOnlyList<LoadFinding> obstacles = Obstacles;
        if (obstacles.Count == 0)
            return;
        if (Request.Refusal is { } refusal)
            throw refusal(server, obstacles);
        if (obstacles.All(obstacle => obstacle.Check == ForeignKeys))
            ForeignKeyThrow.PlanRefused(Plan!);
        throw new LoadRefusedException(
            $"{server} cannot take this load: {string.Join(" ", obstacles.Select(obstacle => obstacle.Message))} Nothing was changed."
                + MissingRight.Advice(obstacles),
            obstacles);
    }

    /// <summary>Makes the same findings with other options for the foreign keys.</summary>
    internal LoadPreflight Reconsider(LoadRequest request)
    {
        var other =
            new LoadPreflight(Request with
            {
                ForeignKeys = request.ForeignKeys,
                ChooseForeignKeys = request.ChooseForeignKeys,
                SchemaMayChange = request.SchemaMayChange
            })
            {
                Tables = Tables, TruncatedAlong = TruncatedAlong, Dependents = Dependents, IsShared = IsShared, Emptying = Emptying,
                Rights = Rights, Role = Role,
            };
        other.findings.AddRange(findings.Where(finding => finding.Check != ForeignKeys));
        other.DecideForeignKeys(Plan!.Catalog);
        return other;
    }

    private void Obstacle(string check, string message) => findings.Add(new LoadFinding(check, true, message));

    /// <summary>One finding for all tables that lack the same right: a load has many tables.</summary>
    private void Lacks(string check, List<TableState> states, string privilege, Func<string, string> message)
    {
        if (states.Count == 0) return;
        findings.Add(new LoadFinding(check, true, message(string.Join(", ", states.Select(state => state.Table))))
        {
            Missing = [.. states.Select(state => new MissingRight(privilege, "", state.QuotedName, Role))],
        });
    }

    private void Note(string check, string message) => findings.Add(new LoadFinding(check, false, message));

    private async Task CheckSessionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string Query = "SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.current_setting('transaction_read_only') = 'on', "
            + "pg_catalog.quote_ident(current_user)";
        try
        {
            (bool isStandby, bool isReadOnly, Role) =
                (await Sql.RowsAsync(connection, Query, row => (row.GetBoolean(0), row.GetBoolean(1), row.GetString(2)), cancellationToken)
                    .ConfigureAwait(false))[0];
            if (SessionFacts.WhyReadOnlyOf(isStandby, isReadOnly) is { } why)
                Obstacle("session", why);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading the state of the session", ServerName.Of(connection), error);
        }
    }

    private void CheckTables()
    {
        var expected = Request.Expected.ToDictionary(expectation => expectation.Table);
        foreach (TableState state in Tables)
        {
            IReadOnlyList<string> differences = expected.TryGetValue(state.Table, out TableExpectation? expectation)
                ? TableInspector.ShapeDifferences(state, expectation.Table, expectation.Types)
                : Request.ChecksColumns || !state.Exists
                ? TableInspector.ShapeDifferences(state, Request.StoredColumns(state.Table), null)
                : [];
            foreach (string difference in differences)
                Obstacle(TableShape, Sentence(difference));
            if (!state.Exists)
                continue;
            if (state.IsRowSecurityActive)
            {
                string policies = state.Policies.Count == 0
                    ? "no policy, so every row is hidden"
                    : string.Join(", ", state.Policies.Select(policy => $"policy {policy}"));
                Obstacle(
                    "tables",
                    $"Row-level security is active on {state.Table} for this role ({policies}): PostgreSQL refuses COPY into it. Load as "
                        + $"a role with BYPASSRLS, or as the owner of a table without FORCE ROW LEVEL SECURITY.");
            }

            if (state is { Kind: 'p', Children: 0 } && !Request.PartitionsMayCome)
            {
                Obstacle(
                    "tables",
                    $"Table {state.Table} is partitioned and has no partition, so it cannot store rows. Create its partitions: CREATE "
                        + $"TABLE … PARTITION OF {state.QuotedName} …");
            }
            else if (state is { Kind: 'p', HasDefaultPartition: false })
            {
                Note(
                    "tables",
                    $"Table {state.Table} has no DEFAULT partition: a row that fits none of its {state.Children:N0} partitions ends the "
                        + $"load.");
            }
        }

        Lacks(
            "rights", [.. Tables.Where(state => state is { Exists: true, CanInsert: false, Kind: 'r' or 'p' })], "INSERT",
            names => $"The role may not INSERT into {names}.");
    }

    /// <summary>
    /// Checks what the server evaluates for each row: constraints, and the sequences and functions of columns that are not sent.
    /// </summary>
    private async Task CheckRowsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        List<TableState> writable = [.. Tables.Where(state => state is { Exists: true, CanInsert: true, Kind: 'r' or 'p' })];
        try
        {
            findings.AddRange(
                await RowRights.FindAsync(connection, writable, Request.ChecksColumns, Role, cancellationToken).ConfigureAwait(false));
            var avoided = new List<RowSample>();
            List<(TableState, TableExpectation)> tried = [.. Request.Expected.Where(expectation => expectation.Samples.Count > 0)
                .Join(writable, expectation => expectation.Table, state => state.Table, (expectation, state) => (state, expectation))

                // A table with a missing column is already refused.
                .Where(pair =>
                    TableInspector.ShapeDifferences(pair.state, pair.expectation.Table, pair.expectation.Types).Count == 0)];
            findings.AddRange(await ConstraintTrial.RunAsync(connection, tried, avoided, cancellationToken).ConfigureAwait(false));
            Avoided = avoided;
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading the constraints of the tables", ServerName.Of(connection), error);
        }
    }

    private void CheckAccess()
    {
        List<TableState> locked = [.. Tables.Where(state => state is { Exists: true, CanLock: false })];
        IsShared = Request.Access == TableAccess.Shared || (Request.Access == TableAccess.Auto && locked.Count > 0);
        if (Request.Access == TableAccess.Exclusive)
        {
            Lacks(
                "rights", locked, "UPDATE",
                names => $"The role may not lock {names} against writers, so others could write between the checks and COMMIT.");
        }
        else if (IsShared && locked.Count > 0)
        {
            Note(
                "rights",
                $"The role may not lock {string.Join(", ", locked.Select(state => state.Table))} against writers: other sessions may "
                    + $"write while the load runs, and its keys are checked row by row.");
        }

        if (Request.Content != TableContent.Replace)
            return;
        Lacks(
            "rights", [.. Tables.Where(state => state is { Exists: true, CanTruncate: false, CanDelete: false })], "DELETE",
            names => $"The role may neither TRUNCATE nor DELETE FROM {names}, so the load cannot remove their rows.");
    }

    private void CheckContent()
    {
        if (Request.Content != TableContent.MustBeEmpty)
            return;
        List<string> full = [.. Tables.Where(state => state.HasRows == true).Select(state => state.Table.Name)];
        if (full.Count > 0)
            Obstacle("emptiness", $"These tables already hold rows: {string.Join(", ", full)}.");
        Lacks(
            "rights", [.. Tables.Where(state => state is { WhyUnknown: not null, CanSelect: false })], "SELECT",
            names => $"A table that must be empty may hold rows: the role may not SELECT from {names}.");
        foreach (TableState state in Tables.Where(state => state is { WhyUnknown: not null, CanSelect: true }))
            Obstacle("emptiness", $"A table that must be empty may hold rows: {state.WhyUnknown}.");
    }

    private async Task CheckDependentsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        IReadOnlyList<TableState> along =
            await TableInspector.ReadAsync(connection, Request.TruncatedAlong, cancellationToken).ConfigureAwait(false);
        TruncatedAlong =
            [.. along.Where(state => state is { HasRows: false, CanTruncate: true, CanLock: true }).Select(state => state.Table)];
        Dependents = await DependentReader.ReadAsync(connection, Tables, cancellationToken).ConfigureAwait(false);
        List<CopyTable> existing = [.. Tables.Where(state => state is { Exists: true, Kind: 'r' or 'p' }).Select(state => state.Table)];
        bool mayTruncate =
            existing.Count > 0
                && await TableCleaner.FindObstacleAsync(connection, [.. TruncatedAlong, .. existing], cancellationToken).ConfigureAwait(
                    false) is null;
        if (Request.Content == TableContent.MustBeEmpty)
        {
            // Empty tables are truncated only to avoid WAL, and only if that affects nothing outside the load.
            bool isEmpty = Tables.All(state => state.HasRows == false);
            Emptying = mayTruncate && isEmpty && await SkipsWalAsync(connection, cancellationToken).ConfigureAwait(false)
                && !Standing(EmptyingMethod.Truncate).Any() ? EmptyingMethod.Truncate : null;
            return;
        }

        bool mayDelete = Tables.All(state => state is { Exists: false } or { CanDelete: true });
        Emptying = mayTruncate && (!mayDelete || !Standing(EmptyingMethod.Truncate).Any() || Standing(EmptyingMethod.Delete).Any())
            ? EmptyingMethod.Truncate
            : EmptyingMethod.Delete;
        foreach (Dependent dependent in Dependents)
            CheckDependent(dependent);
        if (Emptying == EmptyingMethod.Delete && Dependents.Any(dependent => dependent is { Kind: DependentKind.ForeignKey, Rows: not 0 }))
            await CheckChecksAsync(connection, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<Dependent> Standing(EmptyingMethod method) => Dependents.Where(dependent =>
        dependent.StandsAgainst(method) && !(method == EmptyingMethod.Truncate && dependent.Kind == DependentKind.ForeignKey));

    private void CheckDependent(Dependent dependent)
    {
        string what = $"From outside the load, {dependent}";
        if (!dependent.StandsAgainst(Emptying!.Value))
        {
            Note("dependents", dependent is { Kind: DependentKind.ForeignKey, ChecksAtTheEnd: true, Rows: not 0 }
                ? $"{what}: checked before COMMIT, when the rows that they refer to must be there again."
                : $"{what}.");
            return;
        }

        bool refuses = dependent.Kind == DependentKind.ForeignKey && dependent.Action is "ON DELETE NO ACTION" or "ON DELETE RESTRICT";
        if (refuses && dependent.Rows > 0)
        {
            Obstacle("dependents", $"{what}: PostgreSQL refuses to delete what they refer to. Delete those rows first, or drop the key.");
        }
        else if (Request.MayChangeDependents)
        {
            Note("dependents", $"{what}: allowed for this load.");
        }
        else
        {
            Obstacle("dependents",
                $"{what}: emptying the tables would affect objects outside the load. Remove it or its rows, or allow it for this load.");
        }
    }

    /// <summary>
    /// Checks that PostgreSQL enforces the keys of other tables that refer to deleted rows. Otherwise these keys could break unnoticed.
    /// </summary>
    private async Task CheckChecksAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await TableCleaner.FindWhyUncheckedAsync(connection, cancellationToken).ConfigureAwait(false) is { } refusal)
        {
            Obstacle(
                "session",
                $"In this session PostgreSQL checks no foreign key (session_replication_role is replica by default), and the role may not "
                    + $"change that: {refusal}. Rows of other tables would lose what they refer to.");
        }
    }

    private async Task CheckForeignKeysAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        ForeignKeyCatalog catalog = await ForeignKeyCatalog.ReadAsync(
            connection, Tables.Select(state => state.QuotedName), cancellationToken).ConfigureAwait(false);
        Rights = await RoleRights.ReadAsync(connection, catalog, cancellationToken).ConfigureAwait(false);
        DecideForeignKeys(catalog);
    }

    private void DecideForeignKeys(ForeignKeyCatalog catalog)
    {
        ForeignKeyOptions options = Request.ChooseForeignKeys?.Invoke(this) ?? Request.ForeignKeys;
        Plan = ForeignKeyPlanner.Plan(catalog, Rights!, With(options));
        if (Plan.IsRefused && options.Otherwise is { } other)
            Plan = ForeignKeyPlanner.Plan(catalog, Rights!, With(other));
        if (Plan.IsRefused)
            Obstacle(ForeignKeys, ForeignKeyThrow.Refusal(Plan));

        ForeignKeyOptions With(ForeignKeyOptions wanted) => wanted with
        {
            SharesTables = IsShared,
            RemovesRows = wanted.RemovesRows || Request.Content == TableContent.Replace
                || Request.Writers.Values.Contains(RowWriterKind.UpsertAndDelete),
            UpdatesRows =
                wanted.UpdatesRows || Request.Writers.Values.Any(writer => writer is RowWriterKind.Upsert or RowWriterKind.UpsertAndDelete),
            TablesThatNeedIndexes = NeedIndexes(wanted.TablesThatNeedIndexes),
        };

        // A row that may conflict with an existing row is found by its key.
        IReadOnlySet<QualifiedName> NeedIndexes(IReadOnlySet<QualifiedName> wanted) => Request.Writers.Count == 0 ? wanted : wanted
            .Concat(Tables.Where(state => Request.Writers.GetValueOrDefault(state.Table) is not (RowWriterKind.Copy or RowWriterKind.Null))
                .Select(state => new QualifiedName(state.Schema!, state.Name!)))
            .ToHashSet();
    }

    /// <summary>
    /// Whether wal_level is minimal: rows of a table truncated in the same transaction are then not written to WAL but flushed at COMMIT,
    /// which took 15 % less time in a measurement with six million rows.
    /// </summary>
    private static async Task<bool> SkipsWalAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await Sql.ShowAsync(connection, "wal_level", cancellationToken).ConfigureAwait(false) == "minimal";

    // A sentence that begins with a name keeps its case.
    private static string Sentence(string text) =>
        text.StartsWith("the ", StringComparison.Ordinal) || text.StartsWith("table ", StringComparison.Ordinal)
            ? $"T{text[1..]}."
            : $"{text}.";
}
