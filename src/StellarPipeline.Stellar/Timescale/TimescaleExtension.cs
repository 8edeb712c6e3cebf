using StellarPipeline.Postgres.Rows;
using StellarPipeline.Stellar.Queries;

namespace StellarPipeline.Stellar.Timescale;

/// <summary>The extension TimescaleDB, as installed in a database.</summary>
/// <param name="Schema">The schema of its functions.</param>
/// <param name="Version">Its version.</param>
/// <param name="HasColumnstoreNames">Whether it has convert_to_columnstore, the newer name of compress_chunk.</param>
internal sealed record TimescaleExtension(string Schema, string Version, bool HasColumnstoreNames)
{
    /// <summary>
    /// The setting that records the ranges of a chunk's columns when it is compressed, and lets queries skip chunks by them. Off by
    /// default.
    /// </summary>
    public const string ChunkSkipping = "timescaledb.enable_chunk_skipping";

    private static readonly Query Installed = new(
        "timescale.extension",
        "pg_extension",
        """
        SELECT n.nspname::text, e.extversion::text,
          EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid AND p.proname = 'convert_to_columnstore')
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'
        """);

    /// <summary>Reads it; null if it is not installed.</summary>
    public static Task<TimescaleExtension?> ReadAsync(QueryRunner runner, CancellationToken cancellationToken) => runner.RunAsync(
        Installed,
        [],
        static async (reader, token) => await reader.ReadAsync(token).ConfigureAwait(false)
            ? new TimescaleExtension(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2))
            : null,
        cancellationToken);

    /// <summary>A function of the extension, as an SQL name.</summary>
    public string Function(string name) => $"{CopyTable.Quote(Schema)}.{name}";

    /// <summary>The statement that compresses the chunk whose quoted name is $1.</summary>
    public string CompressStatement => HasColumnstoreNames
        ? $"CALL {Function("convert_to_columnstore")}($1::text::regclass)"
        : $"SELECT {Function("compress_chunk")}($1::text::regclass)";
}
