using StellarPipeline.Postgres.ForeignKeys.Catalog;

namespace StellarPipeline.Postgres.ForeignKeys.Strategies;

/// <summary>Statements about one key, ready to run by the owner of the referencing table.</summary>
internal static class ForeignKeySql
{
    /// <summary>Makes a key deferrable without changing when it is checked by default.</summary>
    /// <param name="key">A key that is not deferrable.</param>
    public static string MakeDeferrable(ForeignKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return $"ALTER TABLE {key.Referencing.Quoted} ALTER CONSTRAINT {SqlText.Identifier(key.Name)} DEFERRABLE INITIALLY IMMEDIATE;";
    }

    /// <summary>Drops a key, with its clones on partitions.</summary>
    /// <param name="key">The key.</param>
    public static string Drop(ForeignKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return $"ALTER TABLE {key.Referencing.Quoted} DROP CONSTRAINT {SqlText.Identifier(key.Name)};";
    }

    /// <summary>Adds a key as the catalogue describes it.</summary>
    /// <param name="key">A key that was read from a server.</param>
    public static string Add(ForeignKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return $"ALTER TABLE {key.Referencing.Quoted} ADD CONSTRAINT {SqlText.Identifier(key.Name)} {key.Definition};";
    }
}
