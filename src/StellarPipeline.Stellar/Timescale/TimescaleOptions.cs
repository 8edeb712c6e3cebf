namespace StellarPipeline.Stellar.Timescale;

/// <summary>Settings for history tables that are hypertables. Null leaves a setting unchanged.</summary>
/// <remarks>Intervals are texts of PostgreSQL's type interval, such as "1 day" or "90 days".</remarks>
internal sealed record TimescaleOptions
{
    /// <summary>Time range of a new chunk. Existing chunks are not changed.</summary>
    public string? ChunkInterval { get; init; }

    /// <summary>
    /// How long rows are kept at least. A policy that is added is switched off, because its first run would start at once.
    /// </summary>
    public string? Retention { get; init; }

    /// <summary>True removes the retention policies, and the job that reconciles the cursor with them.</summary>
    public bool RemoveRetention { get; init; }

    /// <summary>True switches the retention policies on, false switches them off.</summary>
    public bool? RunRetention { get; init; }

    /// <summary>Age at which the existing policies compress a chunk.</summary>
    public string? CompressAfter { get; init; }

    /// <summary>How often these policies run.</summary>
    public string? CompressEvery { get; init; }

    /// <summary>Most chunks that one run of these policies compresses; 0 for no limit.</summary>
    public int? MaxChunksToCompress { get; init; }

    /// <summary>How long a statement may wait for a lock that another session holds.</summary>
    /// <value>Default 1 minute; zero waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Checks the options.</summary>
    /// <exception cref="TimescaleException">They contradict each other, or a number is negative.</exception>
    public void Validate()
    {
        if (RemoveRetention && (Retention is not null || RunRetention is not null)) throw TimescaleThrow.RetentionContradicts();
        if (MaxChunksToCompress < 0) throw TimescaleThrow.NegativeChunks(MaxChunksToCompress.Value);
    }
}
