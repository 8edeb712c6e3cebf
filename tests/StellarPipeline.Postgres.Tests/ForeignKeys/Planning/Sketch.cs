using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.Tests.ForeignKeys.Planning;

/// <summary>
/// Catalogues from short sketches, without a server: <c>c&gt;p</c> is a key of c to p; <c>?</c> nullable, <c>~</c> deferrable, <c>:name</c>
/// its name, for example <c>c&gt;p?~:c_p_fk</c>.
/// </summary>
internal static class Sketch
{
    public static ForeignKeyCatalog Catalog(string sketch, IReadOnlyDictionary<string, double>? rows = null)
    {
        var keys = new List<ForeignKey>();
        var tables = new List<string>();
        var oids = new Dictionary<string, uint>();
        foreach (string part in sketch.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] nameAndRest = part.Split(':');
            string[] ends = nameAndRest[0].Split('>');
            string child = ends[0];
            AddTable(child);
            if (ends.Length == 1)
                continue;
            string parent = ends[1].TrimEnd('?', '~');
            string flags = ends[1][parent.Length..];
            AddTable(parent);
            keys.Add(Key(child, parent, flags.Contains('?', StringComparison.Ordinal), flags.Contains('~', StringComparison.Ordinal),
                nameAndRest.Length > 1 ? nameAndRest[1] : $"{child}_{parent}"));
        }

        return new ForeignKeyCatalog(
            tables.Select(
                (table, index) =>
                    new CatalogTable(Name(table))
                    {
                        Oid = (uint)index + 1,
                        RowEstimate = rows is not null && rows.TryGetValue(table, out double count) ? count : null
                    }),
            keys.Select(key => key with { ReferencingOid = Oid(key.Referencing), ReferencedOid = Oid(key.Referenced) }));

        void AddTable(string table)
        {
            if (oids.TryAdd(table, (uint)oids.Count + 1))
                tables.Add(table);
        }

        uint Oid(QualifiedName name) => oids[name.Name];
    }

    public static QualifiedName Name(string table) => new("s", table);

    /// <summary>Rights of a role that may do everything, or nothing but DML.</summary>
    public static RoleRights Rights(ForeignKeyCatalog catalog, bool all) => new(
        "loader",
        all ? null : "permission denied to set parameter \"session_replication_role\"",
        catalog.Tables.Select(table => KeyValuePair.Create(table.Oid, new RelationRights
        {
            Name = table.Name, Owner = "boss", Owns = all, CanSelect = true, CanLock = true, CanReference = all, CanUseSchema = true,
            CanCreateIndex = all,
        })));

    public static string Names(IEnumerable<QualifiedName> names) => string.Join(' ', names.Select(name => name.Name));

    private static ForeignKey Key(string child, string parent, bool nullable, bool deferrable, string name) => new()
    {
        Name = name,
        Referencing = Name(child),
        Referenced = Name(parent),
        Columns = [new ForeignKeyColumn($"{parent}_id", "id", nullable)],
        IsDeferrable = deferrable,
        Definition = $"FOREIGN KEY ({parent}_id) REFERENCES s.{parent}(id)",
    };
}
