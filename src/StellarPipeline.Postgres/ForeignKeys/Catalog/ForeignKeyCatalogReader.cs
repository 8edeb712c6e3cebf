using Npgsql;

namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>Runs the catalogue queries and combines their rows.</summary>
internal static class ForeignKeyCatalogReader
{
    public static Task<ForeignKeyCatalog> ReadAsync(NpgsqlConnection connection, string[] names, CancellationToken cancellationToken)
    {
        if (names.Length == 0)
            ForeignKeyThrow.NoTables();
        return GuardAsync(connection, ForeignKeyCatalogSql.TablesByName, names, cancellationToken);
    }

    public static Task<ForeignKeyCatalog> ReadSchemaAsync(
        NpgsqlConnection connection, string schema, CancellationToken cancellationToken) =>
            GuardAsync(connection, ForeignKeyCatalogSql.TablesBySchema, schema, cancellationToken);

    private static async Task<ForeignKeyCatalog> GuardAsync(
        NpgsqlConnection connection, string sql, object parameter, CancellationToken cancellationToken)
    {
        RequireKnownServer(connection.PostgreSqlVersion);
        try
        {
            uint[] hypertables = await Hypertables.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
            List<CatalogTable> tables =
                await ReadTablesAsync(connection, sql, parameter, hypertables, cancellationToken).ConfigureAwait(false);
            if (tables.Count == 0)
                ForeignKeyThrow.EmptySchema(parameter);
            return await ReadAroundAsync(connection, tables, hypertables, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw ForeignKeyThrow.ServerFailure("Reading the catalogue", error);
        }
    }

    /// <summary>
    /// Finds tables by name, without their columns, keys and triggers. Names that do not resolve to a table are skipped.
    /// </summary>
    internal static async Task<List<CatalogTable>> FindAsync(
        NpgsqlConnection connection, string[] names, CancellationToken cancellationToken)
    {
        uint[] hypertables = await Hypertables.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        List<CatalogTable?> tables = await Sql.RowsAsync(
            connection,
            ForeignKeyCatalogSql.TablesByName,
            row => !row.IsDBNull(1) && row.GetChar(4) is 'r' or 'p' ? ReadTable(row, hypertables) : null,
            cancellationToken,
            [names]).ConfigureAwait(false);
        return [.. tables.OfType<CatalogTable>().DistinctBy(table => table.Oid)];
    }

    internal static void RequireKnownServer(Version version)
    {
        if (version.Major < ForeignKeyCatalog.MinServerMajorVersion)
            ForeignKeyThrow.ServerTooOld(version);
    }

    private static async Task<ForeignKeyCatalog> ReadAroundAsync(
        NpgsqlConnection connection, List<CatalogTable> tables, uint[] hypertables, CancellationToken cancellationToken)
    {
        uint[] oids = [.. tables.Select(table => table.Oid)];
        ILookup<uint, CatalogColumn> columns = await ReadColumnsAsync(connection, oids, cancellationToken).ConfigureAwait(false);
        ILookup<uint, QualifiedName> loadedByRelation =
            await ReadFamilyAsync(connection, tables, oids, cancellationToken).ConfigureAwait(false);
        List<ForeignKey> keys =
            await ReadKeysAsync(connection, oids, hypertables, loadedByRelation, cancellationToken).ConfigureAwait(false);
        IEnumerable<CatalogTable> described = tables.Select(table => table with { Columns = [.. columns[table.Oid]] });
        return new ForeignKeyCatalog(described, keys)
        {
            ServerMajorVersion = connection.PostgreSqlVersion.Major,
            Triggers = await ReadTriggersAsync(connection, oids, cancellationToken).ConfigureAwait(false),
            DeferrableConstraints = await ReadDeferrableConstraintsAsync(connection, oids, cancellationToken).ConfigureAwait(false),
        };
    }

    private static async Task<List<CatalogTable>> ReadTablesAsync(
        NpgsqlConnection connection, string sql, object parameter, uint[] hypertables, CancellationToken cancellationToken)
    {
        List<CatalogTable> tables =
            await Sql.RowsAsync(connection, sql, row => ReadTable(row, hypertables), cancellationToken, parameter).ConfigureAwait(false);
        return [.. tables.DistinctBy(table => table.Oid)];
    }

    private static CatalogTable ReadTable(NpgsqlDataReader row, uint[] hypertables)
    {
        if (row.IsDBNull(1))
            ForeignKeyThrow.TableMissing(row.GetString(0));
        var name = new QualifiedName(row.GetString(2), row.GetString(3));
        char kind = row.GetChar(4);
        if (kind is not ('r' or 'p'))
            ForeignKeyThrow.NotATable(name, kind);
        float rowEstimate = row.GetFloat(6);
        uint oid = row.GetFieldValue<uint>(1);
        return new CatalogTable(name)
        {
            Oid = oid,
            IsPartitioned = kind == 'p' || hypertables.Contains(oid),
            IsPartition = row.GetBoolean(5),
            RowEstimate = rowEstimate < 0 ? null : rowEstimate,
        };
    }

    private static async Task<ILookup<uint, CatalogColumn>> ReadColumnsAsync(
        NpgsqlConnection connection, uint[] oids, CancellationToken cancellationToken)
    {
        List<(uint Table, CatalogColumn Column)> columns = await Sql.RowsAsync(
            connection,
            ForeignKeyCatalogSql.Columns,
            row => (Table: row.GetFieldValue<uint>(0), Column: new CatalogColumn(row.GetString(1), row.GetString(2), row.GetBoolean(3))),
            cancellationToken,
            oids).ConfigureAwait(false);
        return columns.ToLookup(pair => pair.Table, pair => pair.Column);
    }

    private static async Task<ILookup<uint, QualifiedName>> ReadFamilyAsync(
        NpgsqlConnection connection, List<CatalogTable> tables, uint[] oids, CancellationToken cancellationToken)
    {
        var names = tables.ToDictionary(table => table.Oid, table => table.Name);
        List<(uint Relation, QualifiedName Loaded)> pairs = await Sql.RowsAsync(
            connection,
            ForeignKeyCatalogSql.FamilyPairs,
            row => (Relation: row.GetFieldValue<uint>(1), Loaded: names[row.GetFieldValue<uint>(0)]),
            cancellationToken,
            oids).ConfigureAwait(false);
        return pairs.OrderBy(pair => pair.Loaded).ToLookup(pair => pair.Relation, pair => pair.Loaded);
    }

    private static async Task<List<ForeignKey>> ReadKeysAsync(
        NpgsqlConnection connection, uint[] oids, uint[] hypertables, ILookup<uint, QualifiedName> loadedByRelation,
        CancellationToken cancellationToken)
    {
        string sql = ForeignKeyCatalogSql.Keys(connection.PostgreSqlVersion.Major);
        List<(ForeignKey Key, ForeignKeyColumn Column)> pairs = await Sql.UnqualifiedRowsAsync(
            connection,
            sql,
            row => (Key: ReadKey(row, loadedByRelation), Column: ReadKeyColumn(row)),
            cancellationToken,
            oids,
            hypertables).ConfigureAwait(false);
        return [.. pairs.GroupBy(pair => pair.Key.Oid).Select(
            group => group.First().Key with { Columns = [.. group.Select(pair => pair.Column)] })];
    }

    private static ForeignKeyColumn ReadKeyColumn(NpgsqlDataReader row) => new(row.GetString(19), row.GetString(20), row.GetBoolean(21))
    {
        EqualityOperator = row.GetString(22),
        ReferencedCast = Sql.TextOrNull(row, 23),
        ReferencingCast = Sql.TextOrNull(row, 24),
        Collation = Sql.TextOrNull(row, 25),
    };

    private static ForeignKey ReadKey(NpgsqlDataReader row, ILookup<uint, QualifiedName> loadedByRelation)
    {
        uint referencing = row.GetFieldValue<uint>(2);
        uint referenced = row.GetFieldValue<uint>(6);
        return new ForeignKey
        {
            Oid = row.GetFieldValue<uint>(0),
            Name = row.GetString(1),
            ReferencingOid = referencing,
            Referencing = new QualifiedName(row.GetString(3), row.GetString(4)),
            IsReferencingPartitioned = row.GetBoolean(5),
            ReferencedOid = referenced,
            Referenced = new QualifiedName(row.GetString(7), row.GetString(8)),
            IsReferencedPartitioned = row.GetBoolean(9),
            Columns = [],
            Match = row.GetChar(10) == 'f' ? ForeignKeyMatch.Full : ForeignKeyMatch.Simple,
            OnUpdate = Action(row.GetChar(11)),
            OnDelete = Action(row.GetChar(12)),
            IsDeferrable = row.GetBoolean(13),
            IsInitiallyDeferred = row.GetBoolean(14),
            IsValidated = row.GetBoolean(15),
            IsEnforced = row.GetBoolean(16),
            IsTemporal = row.GetBoolean(17),
            Definition = row.GetString(26),
            TriggerState = Sql.TextOrNull(row, 18) switch
            {
                null => ForeignKeyTriggerState.None,
                "O" => ForeignKeyTriggerState.Origin,
                _ => ForeignKeyTriggerState.Altered,
            },
            LoadedReferencing = [.. loadedByRelation[referencing]],
            LoadedReferenced = [.. loadedByRelation[referenced]],
        };
    }

    private static ForeignKeyAction Action(char code) => code switch
    {
        'r' => ForeignKeyAction.Restrict,
        'c' => ForeignKeyAction.Cascade,
        'n' => ForeignKeyAction.SetNull,
        'd' => ForeignKeyAction.SetDefault,
        _ => ForeignKeyAction.NoAction,
    };

    private static Task<List<CatalogTrigger>> ReadTriggersAsync(
        NpgsqlConnection connection, uint[] oids, CancellationToken cancellationToken) => Sql.RowsAsync(
            connection,
            ForeignKeyCatalogSql.Triggers,
            ReadTrigger,
            cancellationToken,
            oids);

    private static CatalogTrigger ReadTrigger(NpgsqlDataReader row) => new(
        new QualifiedName(row.GetString(0), row.GetString(1)), row.GetString(2), row.GetChar(3), row.GetBoolean(4), row.GetBoolean(5))
    {
        FiresOnRemoval = row.GetBoolean(6),
    };

    private static Task<List<CatalogConstraint>> ReadDeferrableConstraintsAsync(
        NpgsqlConnection connection, uint[] oids, CancellationToken cancellationToken) => Sql.RowsAsync(
        connection,
        ForeignKeyCatalogSql.DeferrableConstraints,
        row => new CatalogConstraint(new QualifiedName(row.GetString(0), row.GetString(1)), row.GetString(2)),
        cancellationToken,
        oids);
}
