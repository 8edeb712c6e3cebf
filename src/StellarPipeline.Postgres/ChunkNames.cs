using System.Text.RegularExpressions;
using Npgsql;

namespace StellarPipeline.Postgres;

/// <summary>
/// Turns the names that TimescaleDB gives to chunks, their keys and indexes back into those of the table, which users know.
/// </summary>
/// <remarks>
/// A chunk is _timescaledb_internal._hyper_N_M_chunk, its copy of a key M_key (older versions: M_K_key), its copy of an index
/// _hyper_N_M_chunk_index. A name is looked at only where the server says that the error is of a chunk.
/// </remarks>
internal static partial class ChunkNames
{
    private const string Schema = "_timescaledb_internal";

    /// <summary>The chunk that an error is of; null for none.</summary>
    public static string? ChunkOf(PostgresException error) =>
        error is { SchemaName: Schema, TableName: { } table } && IsChunk().IsMatch(table) ? table : null;

    /// <summary>A key's name as the table has it.</summary>
    public static string Key(PostgresException error, string name) =>
        ChunkOf(error) is null ? name : Index().Replace(KeyPrefix().Replace(name, ""), "");

    /// <summary>A text of the server's with the names that users know.</summary>
    /// <param name="error">The error that it belongs to.</param>
    /// <param name="text">The text.</param>
    /// <param name="table">The table that was written to; null where that is not known.</param>
    public static string Text(PostgresException error, string text, string? table)
    {
        if (ChunkOf(error) is not { } chunk) return text;
        if (error.ConstraintName is { Length: > 0 } key) text = text.Replace(key, Key(error, key), StringComparison.Ordinal);
        text = Index().Replace(text, "");
        if (table is not null) text = text.Replace(chunk, table, StringComparison.Ordinal);
        return text;
    }

    [GeneratedRegex("^_hyper_[0-9]+_[0-9]+_chunk$")]
    private static partial Regex IsChunk();

    [GeneratedRegex("^[0-9]+_([0-9]+_)?")]
    private static partial Regex KeyPrefix();

    [GeneratedRegex("_hyper_[0-9]+_[0-9]+_chunk_")]
    private static partial Regex Index();
}
