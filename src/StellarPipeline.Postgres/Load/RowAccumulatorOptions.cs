namespace StellarPipeline.Postgres.Load;

/// <summary>When the accumulator closes a batch.</summary>
public sealed record RowAccumulatorOptions
{
    /// <summary>Maximum number of rows sent by one COPY.</summary>
    /// <value>Rows, at least 1. Default 250,000.</value>
    /// <remarks>A single page with more rows than this is sent as a batch of its own.</remarks>
    public int RowsPerBatch { get; init; } = 250_000;

    /// <summary>Maximum number of bytes sent by one COPY.</summary>
    /// <value>Encoded bytes, at least 1. Default 32 MiB, about 250,000 rows of 130 bytes.</value>
    /// <remarks>A single page with more bytes than this is sent as a batch of its own.</remarks>
    public long BytesPerBatch { get; init; } = 32L * 1024 * 1024;

    /// <summary>Maximum number of bytes in open batches of all tables; above it the largest open batch is closed early.</summary>
    /// <value>Encoded bytes, at least 1. Default 128 MiB.</value>
    /// <remarks>
    /// Without this limit, half-filled batches of many tables could hold the whole memory budget while none is full, and the run would
    /// hang.
    /// </remarks>
    public long MaxOpenBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>
    /// Whether a load sends its largest open batch when nothing else is being sent and the batch is at least a quarter full, so that the
    /// server does not wait for the first full batch.
    /// </summary>
    /// <value>Default true. The number of batches then depends on the speed of both sides.</value>
    public bool SendsEarly { get; init; } = true;
}
