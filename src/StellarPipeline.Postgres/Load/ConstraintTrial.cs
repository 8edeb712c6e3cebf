using Npgsql;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Tests sample rows of a load against the constraints of their table without writing them, so that a constraint that would end the load
/// midway is found before the load.
/// </summary>
/// <remarks>
/// It tests NOT NULL, type lengths, CHECK constraints and constraints of domains. A constraint whose evaluation could do more than compare
/// values is only reported, because no user-defined function may run before the load. Unique indexes and exclusion constraints are reported
/// if rows of the load may conflict in them.
/// </remarks>
internal static class ConstraintTrial
{
    /// <summary>The check's name in findings.</summary>
    public const string Check = "constraints";

    private const string Savepoint = "load_rows";

    // A constraint that depends on anything except table columns uses functions, operators or types that are not built in.
    private const string Constraints = """
        SELECT c.conrelid, c.conname, pg_catalog.pg_get_expr(c.conbin, c.conrelid), '' AS column_name,
          EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid <> 'pg_catalog.pg_class'::pg_catalog.regclass),
          ARRAY(SELECT coalesce(a.attname::text, '') FROM pg_catalog.unnest(c.conkey) AS k(number)
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number AND a.attnum > 0)
        FROM pg_catalog.pg_constraint c WHERE c.conrelid = ANY ($1) AND c.contype = 'c'{0}
        UNION ALL
        SELECT a.attrelid, c.conname, pg_catalog.pg_get_expr(c.conbin, 0), a.attname,
          EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
            AND d.refclassid NOT IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass)),
          ARRAY[a.attname::text]
        FROM pg_catalog.pg_attribute a CROSS JOIN LATERAL (
          WITH RECURSIVE chain AS (
            SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
            UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM chain d JOIN pg_catalog.pg_type t ON t.oid = d.typbasetype WHERE d.typtype
              = 'd')
          SELECT oid FROM chain WHERE typtype = 'd') AS domain
        JOIN pg_catalog.pg_constraint c ON c.contypid = domain.oid AND c.contype = 'c'
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY 2, 4
        """;

    private const string Indexes = """
        SELECT i.indrelid, r.relname, pg_catalog.pg_get_indexdef(i.indexrelid), i.indisexclusion,
          ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k(number, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.position <= i.indnkeyatts)
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class r ON r.oid = i.indexrelid
        WHERE i.indrelid = ANY ($1) AND (i.indisunique OR i.indisexclusion) AND i.indisready
        ORDER BY r.relname
        """;

    /// <summary>Tests the sample rows of all tables of a load.</summary>
    /// <param name="connection">A connection inside a transaction.</param>
    /// <param name="tables">The tables as they are, with all columns of the expectation, and what the load writes to them.</param>
    /// <param name="avoided">Receives the refused rows that the load can leave out.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    public static async Task<IReadOnlyList<LoadFinding>> RunAsync(
        NpgsqlConnection connection, IReadOnlyList<(TableState State, TableExpectation Expectation)> tables, List<RowSample> avoided,
        CancellationToken cancellationToken)
    {
        if (tables.Count == 0)
            return [];
        uint[] oids = [.. tables.Select(table => table.State.Oid)];
        string enforced = connection.PostgreSqlVersion.Major >= 18 ? " AND c.conenforced" : "";
        ILookup<uint, Rule> constraints = (await Sql.RowsAsync(
            connection,
            Constraints.Replace("{0}", enforced, StringComparison.Ordinal),
            row => new Rule(
                row.GetFieldValue<uint>(0), row.GetString(1), Sql.TextOrNull(row, 2) ?? "", row.GetString(3), row.GetBoolean(4),
                row.GetFieldValue<string[]>(5)),
            cancellationToken,
            oids).ConfigureAwait(false)).ToLookup(rule => rule.Table);
        ILookup<uint, UniqueIndex> indexes = (await Sql.RowsAsync(
            connection, Indexes,
            row => new UniqueIndex(
                row.GetFieldValue<uint>(0), row.GetString(1), row.GetString(2), row.GetBoolean(3), row.GetFieldValue<string[]>(4)),
            cancellationToken, oids).ConfigureAwait(false)).ToLookup(index => index.Table);
        List<TableTrials> all = [.. tables.Select(table => TableTrials.Of(table.State, table.Expectation, constraints[table.State.Oid]))];

        // Usually nothing is refused, and one query for all trials of all tables shows it.
        bool passes = await PassesAsync(connection, all.SelectMany(table => table.All), cancellationToken).ConfigureAwait(false);
        var findings = new List<LoadFinding>();
        foreach (TableTrials table in all)
        {
            findings.AddRange(table.Untried.Select(rule => rule.NotTested(table.State)));
            if (!passes && !await PassesAsync(connection, table.All, cancellationToken).ConfigureAwait(false))
                await FindRefusalsAsync(connection, table, findings, avoided, cancellationToken).ConfigureAwait(false);
            findings.AddRange(
                indexes[table.State.Oid].Where(index => index.MayConflict(table.Expectation)).Select(index => index.Unknown(table.State)));
        }

        return findings;
    }

    private static async Task FindRefusalsAsync(
        NpgsqlConnection connection, TableTrials table, List<LoadFinding> findings, List<RowSample> avoided,
        CancellationToken cancellationToken)
    {
        foreach ((RowSample sample, List<Trial> trials) in table.Samples)
        {
            if (await RefusalAsync(connection, trials, cancellationToken).ConfigureAwait(false) is not { } refusal)
                continue;
            if (sample.IsAvoidable)
                avoided.Add(sample);
            findings.Add(sample.IsAvoidable
                ? new LoadFinding(Check, false, $"{refusal} refuses {sample.Name}: such rows are left out.")
                : new LoadFinding(
                    Check, true,
                    $"{refusal} refuses {sample.Name}, which the input may hold: the load would fail midway. Drop it, change it, or load "
                        + $"into another database."));
        }
    }

    /// <summary>The trials of a row, in the order in which their refusals are reported.</summary>
    private static List<Trial> Trials(TableState state, TableExpectation expectation, RowSample sample, IEnumerable<Rule> rules)
    {
        var trials = new List<Trial>();
        var casts = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int index = 0; index < sample.Values.Count; index++)
        {
            string name = expectation.Table.Columns[index];
            ColumnState column = state.Columns.First(candidate => candidate.Name == name);
            if (sample.Values[index] is not { } value)
            {
                if (column.NotNull)
                    trials.Add(new Trial("true", _ => $"Column {name} of {state.Table}, which is NOT NULL,"));
                casts[name] = $"CAST(NULL AS {column.BaseType})";
                continue;
            }

            casts[name] = $"CAST({SqlText.Literal(value)} AS {column.BaseType})";
            trials.Add(new Trial($"{casts[name]} IS NULL", words => $"Column {name} of {state.Table} ({column.Type}; {words})"));
        }

        string row = string.Join(", ", casts.Select(cast => $"{cast.Value} AS {SqlText.Identifier(cast.Key)}"));
        foreach (Rule rule in rules)
        {
            string expression = rule.Column.Length == 0 ? rule.Expression : PlainExpression.WithValue(rule.Expression, casts[rule.Column]);
            trials.Add(
                new Trial(
                    $"(SELECT ({expression}) IS FALSE FROM (SELECT {row}) AS sample)", _ => $"{rule.Title(state)} ({rule.Expression})"));
        }

        return trials;
    }

    /// <summary>Whether no trial is refused, found in one round trip. False says only that one of them may be.</summary>
    private static async Task<bool> PassesAsync(
        NpgsqlConnection connection, IEnumerable<Trial> trials, CancellationToken cancellationToken)
    {
        string all = string.Join(" OR ", trials.Select(trial => trial.IsRefused));
        return all.Length == 0 || await RefusesAsync(connection, all, cancellationToken).ConfigureAwait(false) is null;
    }

    /// <summary>The first refusal, as the beginning of a sentence; null if there is none.</summary>
    private static async Task<string?> RefusalAsync(NpgsqlConnection connection, List<Trial> trials, CancellationToken cancellationToken)
    {
        foreach (Trial trial in trials)
        {
            if (await RefusesAsync(connection, trial.IsRefused, cancellationToken).ConfigureAwait(false) is { } words)
                return trial.Refusal(words);
        }

        return null;
    }

    /// <summary>Null if the condition is false. An error of its evaluation counts as a refusal, too.</summary>
    private static async Task<string?> RefusesAsync(NpgsqlConnection connection, string condition, CancellationToken cancellationToken)
    {
        await Sql.ExecuteAsync(connection, $"SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        string? words = null;
        try
        {
            if (await Sql.ScalarAsync<bool>(connection, $"SELECT {condition}", cancellationToken).ConfigureAwait(false))
                words = "false";
        }
        catch (PostgresException error) when (error.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            words = error.MessageText;
        }

        await Sql.ExecuteAsync(connection, $"ROLLBACK TO SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        await Sql.ExecuteAsync(connection, $"RELEASE SAVEPOINT {Savepoint}", cancellationToken).ConfigureAwait(false);
        return words;
    }

    /// <summary>A condition that is true, or fails, if the server would refuse a row; and the words for the refusal.</summary>
    private sealed record Trial(string IsRefused, Func<string, string> Refusal);

    /// <summary>The trials of one table, and the constraints that are not tried.</summary>
    private sealed record TableTrials(
        TableState State, TableExpectation Expectation, List<Rule> Untried, List<(RowSample Sample, List<Trial> Trials)> Samples)
    {
        public IEnumerable<Trial> All => Samples.SelectMany(sample => sample.Trials);

        public static TableTrials Of(TableState state, TableExpectation expectation, IEnumerable<Rule> found)
        {
            // The domain of a column that the load does not send is not its concern.
            List<Rule> rules =
                [.. found.Where(rule => rule.Column.Length == 0 || expectation.Table.Columns.Contains(rule.Column))];
            ILookup<bool, Rule> byTrial = rules.ToLookup(rule => rule.CanBeTried(expectation.Table.Columns));
            return new TableTrials(state, expectation, [.. byTrial[false]],
                [.. expectation.Samples.Select(sample => (sample, Trials(state, expectation, sample, byTrial[true])))]);
        }
    }

    /// <summary>A CHECK constraint of the table, or of the domain of one of its columns.</summary>
    private sealed record Rule(uint Table, string Name, string Expression, string Column, bool UsesMore, string[] Columns)
    {
        /// <summary>Whether it only compares columns of the load.</summary>
        public bool CanBeTried(IReadOnlyList<string> sent) =>
            !UsesMore && Columns.All(sent.Contains) && PlainExpression.Is(Expression);

        public string Title(TableState state) => Column.Length == 0
            ? $"Constraint {SqlText.ReadableIdentifier(Name)} of {state.Table}"
            : $"Constraint {SqlText.ReadableIdentifier(Name)} of the domain of column {SqlText.ReadableIdentifier(Column)} of "
                + $"{state.Table}";

        public LoadFinding NotTested(TableState state) =>
            new(Check, false,
                $"{Title(state)} is not tested before the load, because it does more than compare columns of the load "
                    + $"({Expression}): if it refuses a row, the load fails.");
    }

    /// <summary>A unique index or an exclusion constraint of a table.</summary>
    private sealed record UniqueIndex(uint Table, string Name, string Definition, bool IsExclusion, string[] Columns)
    {
        /// <summary>Whether rows of the load may conflict in it.</summary>
        public bool MayConflict(TableExpectation expectation) =>
            IsExclusion || !expectation.Keys.Any(key => key.All(Columns.Contains));

        public LoadFinding Unknown(TableState state) =>
            new(Check, false,
                $"{(IsExclusion ? "Exclusion constraint" : "Unique index")} {SqlText.ReadableIdentifier(Name)} of {state.Table} "
                    + $"({Definition}) is unknown to this load: if it refuses a row, the load fails.");
    }
}
