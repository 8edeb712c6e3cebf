namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>What the role may do with one table.</summary>
public sealed record RelationRights
{
    /// <summary>Schema and name.</summary>
    public required QualifiedName Name { get; init; }

    /// <summary>The table's owner.</summary>
    public string Owner { get; init; } = "";

    /// <summary>Whether it may use the table's schema: USAGE.</summary>
    public bool CanUseSchema { get; init; }

    /// <summary>Whether it owns the table, itself or as a member of the owner: ALTER TABLE.</summary>
    public bool Owns { get; init; }

    /// <summary>Whether it may read all columns.</summary>
    public bool CanSelect { get; init; }

    /// <summary>Whether it may LOCK the table against writers: UPDATE, DELETE or TRUNCATE, from PostgreSQL 17 also MAINTAIN.</summary>
    public bool CanLock { get; init; }

    /// <summary>Whether it may create foreign keys that refer to the table: REFERENCES.</summary>
    public bool CanReference { get; init; }

    /// <summary>Whether it may create an index in the table's schema: CREATE on the schema.</summary>
    public bool CanCreateIndex { get; init; }

    /// <summary>Whether row security hides rows of the table from it.</summary>
    public bool IsRowSecurityActive { get; init; }
}
