using Npgsql;
using StellarPipeline.Postgres.Connections;
using StellarPipeline.Postgres.ForeignKeys;
using StellarPipeline.Postgres.ForeignKeys.Catalog;
using StellarPipeline.Postgres.Tables;

namespace StellarPipeline.Postgres.Load;

/// <summary>
/// Finds all objects outside a set of tables that depend on them: foreign keys with their actions and rows, triggers, rules, views, and
/// tables that inherit.
/// </summary>
/// <remarks>
/// Row counts hold only while the tables are locked against new references to their rows: <see cref="TableLockMode.Exclusive"/> or
/// stronger.
/// </remarks>
internal static class DependentReader
{
    // "family": the tables, their partitions and chunks, and the partitioned tables above them. A key that refers to one of these depends
    // on their rows.
    private const string Family = """
        WITH RECURSIVE listed AS (SELECT oid FROM pg_catalog.unnest($1::oid[]) AS l(oid)),
        below AS (
          SELECT l.oid AS root, l.oid AS relation FROM listed l
          UNION SELECT b.root, i.inhrelid FROM below b JOIN pg_catalog.pg_inherits i ON i.inhparent = b.relation
            JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE c.relispartition OR b.relation = ANY ($2)),
        family AS (
          SELECT root, relation FROM below
          UNION SELECT l.oid, a.relid::oid FROM listed l CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(l.oid) a)

        """;

    private const string Keys = Family + """
        SELECT tn.nspname, tc.relname, fn.nspname, fc.relname, con.conname, con.confdeltype::text, con.condeferrable AND con.condeferred,
          pg_catalog.has_table_privilege(fc.oid, 'SELECT') AND pg_catalog.has_schema_privilege(fn.oid, 'USAGE'),
            pg_catalog.row_security_active(fc.oid),
          ARRAY(SELECT p.polname::text FROM pg_catalog.pg_policy p WHERE p.polrelid = fc.oid ORDER BY p.polname),
          ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(con.conkey) WITH ORDINALITY k(number, position)
            JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number ORDER BY k.position),
          fc.relkind = 'p' OR fc.oid = ANY ($2), con.confmatchtype::text
        FROM pg_catalog.pg_constraint con
        JOIN family f ON f.relation = con.confrelid
        JOIN pg_catalog.pg_class tc ON tc.oid = f.root JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
        JOIN pg_catalog.pg_class fc ON fc.oid = con.conrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = fc.relnamespace
        WHERE con.contype = 'f' AND con.conparentid = 0
          AND con.conrelid NOT IN (SELECT relation FROM family)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE i.inhparent = ANY ($2) AND i.inhrelid = con.conrelid)
        ORDER BY tn.nspname, tc.relname, fn.nspname, fc.relname, con.conname
        """;

    // pg_trigger.tgtype: 1 row, 2 before, 8 delete, 32 truncate, 64 instead of. tgenabled D: disabled; R: fires only if
    // session_replication_role is replica, and then nothing is removed.
    private const string Triggers = Family + """
        SELECT tn.nspname, tc.relname, t.tgname, t.tgtype
        FROM pg_catalog.pg_trigger t JOIN below b ON b.relation = t.tgrelid
        JOIN pg_catalog.pg_class tc ON tc.oid = b.root JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
        WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND (t.tgtype & 40) <> 0
          AND (b.relation = b.root OR NOT b.root = ANY ($2))
        ORDER BY tn.nspname, tc.relname, t.tgname
        """;

    private const string Rules = Family + """
        SELECT tn.nspname, tc.relname, r.rulename, r.is_instead
        FROM pg_catalog.pg_rewrite r JOIN listed l ON l.oid = r.ev_class
        JOIN pg_catalog.pg_class tc ON tc.oid = l.oid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
        WHERE r.ev_type = '4' AND r.ev_enabled IN ('O', 'A') AND tc.relkind <> 'v'
        ORDER BY tn.nspname, tc.relname, r.rulename
        """;

    private const string Views = Family + """
        SELECT DISTINCT tn.nspname, tc.relname, vn.nspname, vc.relname, vc.relkind::text
        FROM pg_catalog.pg_depend d JOIN listed l ON l.oid = d.refobjid
        JOIN pg_catalog.pg_rewrite r ON r.oid = d.objid
        JOIN pg_catalog.pg_class vc ON vc.oid = r.ev_class JOIN pg_catalog.pg_namespace vn ON vn.oid = vc.relnamespace
        JOIN pg_catalog.pg_class tc ON tc.oid = l.oid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
        WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND
          vc.relkind IN ('v', 'm')
        ORDER BY 1, 2, 3, 4
        """;

    private const string Heirs = Family + """
        SELECT tn.nspname, tc.relname, cn.nspname, cc.relname
        FROM pg_catalog.pg_inherits i JOIN listed l ON l.oid = i.inhparent
        JOIN pg_catalog.pg_class cc ON cc.oid = i.inhrelid JOIN pg_catalog.pg_namespace cn ON cn.oid = cc.relnamespace
        JOIN pg_catalog.pg_class tc ON tc.oid = l.oid JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
        WHERE NOT cc.relispartition AND NOT i.inhparent = ANY ($2) AND i.inhrelid NOT IN (SELECT oid FROM listed)
        ORDER BY tn.nspname, tc.relname, cn.nspname, cc.relname
        """;

    /// <summary>Finds the dependent objects.</summary>
    /// <param name="connection">An open connection, inside a transaction or not. Nothing is changed on it.</param>
    /// <param name="tables">The tables as they were found; names that do not exist or are not tables are ignored.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>Keys, triggers, rules, views and tables that inherit, in this order.</returns>
    /// <exception cref="DatabaseException">The catalogue or a table could not be read.</exception>
    public static async Task<IReadOnlyList<Dependent>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<TableState> tables, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(tables);
        uint[] oids = [.. tables.Where(table => table is { Exists: true, Kind: 'r' or 'p' }).Select(table => table.Oid)];
        try
        {
            uint[] hypertables = await Hypertables.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            var found = new List<Dependent>();
            foreach (KeyRow key in await RowsAsync(Keys, ReadKey).ConfigureAwait(false))
                found.Add(await WithRowsAsync(connection, key, cancellationToken).ConfigureAwait(false));
            var rows = new Dictionary<QualifiedName, (long? Rows, string? WhyUnknown)>();
            foreach (Dependent acting in (await RowsAsync(Triggers, ReadTrigger).ConfigureAwait(false)).Concat(
                await RowsAsync(Rules, ReadRule).ConfigureAwait(false)))
            {
                found.Add(await WithRowsAsync(connection, acting, tables, rows, cancellationToken).ConfigureAwait(false));
            }

            found.AddRange(await RowsAsync(Views, ReadView).ConfigureAwait(false));
            found.AddRange(await RowsAsync(
                Heirs, row => new Dependent(DependentKind.Heir, Name(row, 0), Name(row, 2), row.GetString(3), "")).ConfigureAwait(false));
            return found;

            Task<List<T>> RowsAsync<T>(string sql, Func<NpgsqlDataReader, T> map) =>
                Sql.RowsAsync(connection, sql, map, cancellationToken, oids, hypertables);
        }
        catch (NpgsqlException error)
        {
            DatabaseThrow.Failed("Reading what depends on the tables", ServerName.Of(connection), error);
            throw;
        }
    }

    private static QualifiedName Name(NpgsqlDataReader row, int column) => new(row.GetString(column), row.GetString(column + 1));

    private static KeyRow ReadKey(NpgsqlDataReader row)
    {
        char action = row.GetChar(5);
        string[] policies = row.GetFieldValue<string[]>(9);
        QualifiedName owner = Name(row, 2);
        bool hidden = row.GetBoolean(8);
        string? unknown = hidden
            ? $"row security{(policies.Length == 0 ? "" : $" ({string.Join(", ", policies.Select(policy => $"policy {policy}"))})")} "
                + $"hides rows of {owner} from the role"
            : row.GetBoolean(7) ? null : $"the role may not read {owner}";
        var key = new Dependent(DependentKind.ForeignKey, Name(row, 0), owner, row.GetString(4), $"ON DELETE {ActionText(action)}")
        {
            ActsOnDelete = true,
            ActsOnTruncate = true,
            ChecksAtTheEnd = action == 'a' && row.GetBoolean(6),
            WhyUnknown = unknown,
        };
        return new KeyRow(key, row.GetFieldValue<string[]>(10), row.GetBoolean(11), row.GetChar(12) == 'f');
    }

    private static string ActionText(char action) => action switch
    {
        'r' => "RESTRICT",
        'c' => "CASCADE",
        'n' => "SET NULL",
        'd' => "SET DEFAULT",
        _ => "NO ACTION",
    };

    private static async Task<Dependent> WithRowsAsync(NpgsqlConnection connection, KeyRow key, CancellationToken cancellationToken)
    {
        if (key.Dependent.WhyUnknown is not null)
            return key.Dependent;
        string refers =
            string.Join(key.IsMatchFull ? " OR " : " AND ", key.Columns.Select(column => $"{SqlText.Identifier(column)} IS NOT NULL"));
        string count = $"SELECT pg_catalog.count(*) FROM {(key.IsWhole ? "" : "ONLY ")}{key.Dependent.Owner.Quoted} WHERE {refers}";
        return key.Dependent with { Rows = await CountAsync(connection, count, cancellationToken).ConfigureAwait(false) };
    }

    private static Dependent ReadTrigger(NpgsqlDataReader row)
    {
        int type = row.GetInt16(3);
        bool deletes = (type & 8) != 0;
        bool truncates = (type & 32) != 0;
        string events = string.Join(" OR ", new[] { deletes ? "DELETE" : null, truncates ? "TRUNCATE" : null }.OfType<string>());
        string when = (type & 64) != 0 ? "INSTEAD OF" : (type & 2) != 0 ? "BEFORE" : "AFTER";
        QualifiedName table = Name(row, 0);
        return new Dependent(DependentKind.Trigger, table, table, row.GetString(2),
            $"{when} {events} FOR EACH {((type & 1) != 0 ? "ROW" : "STATEMENT")}")
        {
            ActsOnDelete = deletes,
            ActsOnTruncate = truncates,
        };
    }

    private static Dependent ReadRule(NpgsqlDataReader row)
    {
        QualifiedName table = Name(row, 0);
        return new Dependent(DependentKind.Rule, table, table, row.GetString(2),
            $"ON DELETE DO {(row.GetBoolean(3) ? "INSTEAD" : "ALSO")}")
        { ActsOnDelete = true };
    }

    private static Dependent ReadView(NpgsqlDataReader row)
    {
        QualifiedName view = Name(row, 2);
        return new Dependent(DependentKind.View, Name(row, 0), view, view.Name, row.GetChar(4) == 'm' ? "materialized view" : "view");
    }

    /// <summary>Counts the rows whose deletion a trigger or rule sees. A trigger FOR EACH STATEMENT fires even without rows.</summary>
    private static async Task<Dependent> WithRowsAsync(
        NpgsqlConnection connection, Dependent acting, IReadOnlyList<TableState> tables,
        Dictionary<QualifiedName, (long? Rows, string? WhyUnknown)> known, CancellationToken cancellationToken)
    {
        if (acting.Action.EndsWith("STATEMENT", StringComparison.Ordinal))
            return acting;
        if (!known.TryGetValue(acting.Table, out (long? Rows, string? WhyUnknown) rows))
        {
            TableState state =
                tables.First(table => table.Exists && table.Schema == acting.Table.Schema && table.Name == acting.Table.Name);
            rows =
                (state.WhyUnknown is null
                    ? await CountAsync(connection, $"SELECT pg_catalog.count(*) FROM {state.Only}{state.QuotedName}", cancellationToken)
                        .ConfigureAwait(false)
                    : null, state.WhyUnknown);
            known.Add(acting.Table, rows);
        }

        return acting with { Rows = rows.Rows, WhyUnknown = rows.WhyUnknown };
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken) =>
        (await UnlockedLook.RowsAsync(connection, [sql], row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0];

    private sealed record KeyRow(Dependent Dependent, string[] Columns, bool IsWhole, bool IsMatchFull);
}
