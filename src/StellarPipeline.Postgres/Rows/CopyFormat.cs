namespace StellarPipeline.Postgres.Rows;

/// <summary>The fixed parts of PostgreSQL's binary COPY format.</summary>
/// <remarks>Format: PostgreSQL manual, COPY, "Binary Format"; reader: src/backend/commands/copyfromparse.c.</remarks>
internal static class CopyFormat
{
    /// <summary>Length of the header, in bytes: 11 of signature, 4 of flags, 4 for the length of the header extension.</summary>
    public const int HeaderBytes = 19;

    /// <summary>Length of the trailer, in bytes: one int16.</summary>
    public const int TrailerBytes = 2;

    /// <summary>The field length that means NULL.</summary>
    public const int NullLength = -1;

    private static readonly byte[] HeaderContent =
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0,
            0];

    private static readonly byte[] TrailerContent = [0xFF, 0xFF];

    /// <summary>The header before the first row: the signature, no flags (no OIDs), no extension.</summary>
    public static ReadOnlyMemory<byte> Header => HeaderContent;

    /// <summary>The trailer after the last row: a field count of -1.</summary>
    public static ReadOnlyMemory<byte> Trailer => TrailerContent;
}
