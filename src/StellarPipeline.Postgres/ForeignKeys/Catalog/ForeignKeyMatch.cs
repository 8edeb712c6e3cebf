namespace StellarPipeline.Postgres.ForeignKeys.Catalog;

/// <summary>How a key of several columns treats NULLs (pg_constraint.confmatchtype). PostgreSQL does not implement MATCH PARTIAL.</summary>
public enum ForeignKeyMatch
{
    /// <summary>A row with any NULL in the key is exempt.</summary>
    Simple,

    /// <summary>A row with only NULLs is exempt; a mix of NULL and not NULL is a violation.</summary>
    Full,
}
