using System.Globalization;
using Npgsql;

namespace StellarPipeline.Postgres.Migrations;

/// <summary>Finds out, with SELECTs only, what reverting migrations would drop.</summary>
internal static class MigrationDownReader
{
    // Follows pg_depend from the dropped tables and functions to all objects that would be dropped too or would prevent the drop. It leaves
    // out their own parts: indexes, types, constraints, triggers, defaults and policies. A view depends through its rule, so the rule
    // represents the view.
    private const string DependentsSql =
        """
        WITH RECURSIVE dropped(classid, objid) AS (
            SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace
              n ON n.oid = c.relnamespace
             WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p')
            UNION ALL
            SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass::pg_catalog.oid, p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n
              ON n.oid = p.pronamespace
             WHERE n.nspname = $1 AND p.proname = ANY ($3)
        ), reach(classid, objid, objsubid) AS (
            SELECT classid, objid, 0 FROM dropped
            UNION
            SELECT CASE WHEN v.oid IS NULL THEN d.classid ELSE 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid END,
                   coalesce(v.oid, d.objid), CASE WHEN v.oid IS NULL THEN d.objsubid ELSE 0 END
              FROM reach r
              JOIN pg_catalog.pg_depend d ON d.refclassid = r.classid AND d.refobjid = r.objid AND (r.objsubid = 0 OR d.refobjsubid =
                r.objsubid)
              LEFT JOIN pg_catalog.pg_rewrite w ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = d.objid
              LEFT JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
        )
        SELECT DISTINCT pg_catalog.pg_describe_object(r.classid, r.objid, r.objsubid)
          FROM reach r
          LEFT JOIN pg_catalog.pg_class c ON r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = r.objid
          LEFT JOIN pg_catalog.pg_constraint k ON r.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = r.objid
          LEFT JOIN pg_catalog.pg_trigger t ON r.classid = 'pg_catalog.pg_trigger'::pg_catalog.regclass AND t.oid = r.objid
          LEFT JOIN pg_catalog.pg_attrdef a ON r.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND a.oid = r.objid
          LEFT JOIN pg_catalog.pg_policy p ON r.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND p.oid = r.objid
          LEFT JOIN pg_catalog.pg_rewrite w ON r.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND w.oid = r.objid
          LEFT JOIN pg_catalog.pg_statistic_ext s ON r.classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass AND s.oid = r.objid
          LEFT JOIN pg_catalog.pg_type y ON r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND y.oid = r.objid
          LEFT JOIN pg_catalog.pg_type e ON e.oid = y.typelem
         WHERE NOT EXISTS (SELECT FROM dropped d WHERE d.classid = r.classid AND d.objid = r.objid)
           AND NOT EXISTS (SELECT FROM dropped d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                              AND d.objid = coalesce(nullif(k.conrelid, 0), t.tgrelid, a.adrelid, p.polrelid, w.ev_class, s.stxrelid))
           AND coalesce(c.relkind NOT IN ('i', 'I', 't', 'c', 'S'), true)
           AND NOT coalesce(t.tgisinternal OR t.tgname = ANY ($4), false)
           AND coalesce(y.typrelid, 0) = 0 AND coalesce(e.typrelid, 0) = 0
           AND pg_catalog.pg_describe_object(r.classid, r.objid, r.objsubid) IS NOT NULL
         ORDER BY 1
        """;

    private const string TablesSql =
        """
        SELECT c.relname::pg_catalog.text, pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.row_security_active(c.oid)
          FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = $1 AND c.relname = ANY ($2) AND c.relkind IN ('r', 'p')
        """;

    /// <summary>Counts rows and lists dependents.</summary>
    public static async Task<MigrationDownPlan> ReadAsync(
        NpgsqlConnection connection, MigrationState state, IReadOnlyList<(Migration Migration, string TrackingTable)> files,
        IReadOnlyList<string> remarks,
        CancellationToken cancellationToken)
    {
        string[] names = files.SelectMany(file => file.Migration.CreatedTables()).Distinct(StringComparer.Ordinal).ToArray();
        string[] functions = files.SelectMany(file => file.Migration.CreatedFunctions()).Distinct(StringComparer.Ordinal).ToArray();
        try
        {
            Dictionary<string, MigrationDownTable> tables =
                await TablesAsync(connection, state.Schema, names, cancellationToken).ConfigureAwait(false);
            string[] triggers = files.SelectMany(file => file.Migration.CreatedTriggers()).Distinct(StringComparer.Ordinal).ToArray();
            List<string> dependents =
                await DependentsAsync(connection, state.Schema, names, functions, triggers, cancellationToken).ConfigureAwait(false);
            return new MigrationDownPlan(
                state.Schema,
                [.. files.Select(file => new MigrationDownFile(
                    file.Migration.Name, file.TrackingTable, state.Find(file.Migration.Name)?.AppliedAt,
                    [.. file.Migration.Down.Select(statement => statement.Text)],
                    [.. file.Migration.CreatedTables().Where(tables.ContainsKey).Select(table => tables[table])]))],
                dependents,
                remarks);
        }
        catch (PostgresException error)
        {
            MigrationThrow.ReadRefused(state.Schema, error);
            throw;
        }
    }

    /// <summary>Locks the tables that will be dropped, in the mode of DROP, so that what is read next stays valid.</summary>
    public static async Task LockAsync(NpgsqlConnection connection, MigrationDownPlan plan, CancellationToken cancellationToken)
    {
        var tables = plan.Files.SelectMany(file => file.Tables)
            .Select(table => $"{MigrationTracking.Quote(plan.Schema)}.{MigrationTracking.Quote(table.Name)}").ToList();
        if (tables.Count == 0)
            return;
#pragma warning disable CA2100 // The names in it are quoted as identifiers.
        var command =
            new NpgsqlCommand($"LOCK TABLE {string.Join(", ", tables)} IN ACCESS EXCLUSIVE MODE", connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
        {
            try
            {
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException error)
            {
                MigrationThrow.ReadRefused(plan.Schema, error);
            }
        }
    }

    /// <summary>
    /// What differs from the accepted plan: applied files, new dependent objects, and rows in tables that were empty.
    /// </summary>
    public static List<string> Differences(MigrationDownPlan agreed, MigrationDownPlan found)
    {
        var before = agreed.Files.SelectMany(file => file.Tables).ToDictionary(table => table.Name, StringComparer.Ordinal);
        return
        [
            .. found.Files.Select(file => file.Name).Except(agreed.Files.Select(file => file.Name), StringComparer.Ordinal).Select(
                name => $"{name} is applied"),
            .. agreed.Files.Select(file => file.Name).Except(found.Files.Select(file => file.Name), StringComparer.Ordinal).Select(
                name => $"{name} is no longer applied"),
            .. found.Dependents.Except(agreed.Dependents, StringComparer.Ordinal).Select(
                dependent => $"{dependent} depends on what would be dropped"),
            .. found.Files.SelectMany(file => file.Tables)
                .Where(table => table.Rows > 0 && (!before.TryGetValue(table.Name, out MigrationDownTable? was) || was.Rows == 0))
                .Select(table => string.Create(CultureInfo.InvariantCulture, $"table {table.Name} contains {table.Rows:N0} rows")),
        ];
    }

    private static async Task<Dictionary<string, MigrationDownTable>> TablesAsync(
        NpgsqlConnection connection, string schema, string[] names, CancellationToken cancellationToken)
    {
        var found = new List<(string Name, bool MayRead, bool IsFiltered)>();
        var command = new NpgsqlCommand(TablesSql, connection) { Parameters = { Text(schema), Texts(names) } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    found.Add((reader.GetString(0), reader.GetBoolean(1), reader.GetBoolean(2)));
            }
        }

        var tables = new Dictionary<string, MigrationDownTable>(StringComparer.Ordinal);
        foreach ((string? name, bool mayRead, bool isFiltered) in found)
        {
            long? rows = mayRead ? await CountAsync(connection, schema, name, cancellationToken).ConfigureAwait(false) : null;
            tables.Add(name, new MigrationDownTable(name, rows, isFiltered));
        }

        return tables;
    }

    private static async Task<long> CountAsync(
        NpgsqlConnection connection, string schema, string table, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The names in it are quoted as identifiers.
        var command =
            new NpgsqlCommand($"SELECT pg_catalog.count(*) FROM {MigrationTracking.Quote(schema)}.{MigrationTracking.Quote(table)}",
                connection)
            { CommandTimeout = 0 };
#pragma warning restore CA2100
        await using (command.ConfigureAwait(false))
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
    }

    private static async Task<List<string>> DependentsAsync(
        NpgsqlConnection connection, string schema, string[] tables, string[] functions, string[] triggers,
        CancellationToken cancellationToken)
    {
        var dependents = new List<string>();
        var command =
            new NpgsqlCommand(DependentsSql,
                connection)
            { Parameters = { Text(schema), Texts(tables), Texts(functions), Texts(triggers) } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    dependents.Add(reader.GetString(0));
            }
        }

        return dependents;
    }

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value };

    private static NpgsqlParameter<string[]> Texts(string[] values) => new() { TypedValue = values };
}
