namespace StellarPipeline.Stellar.Timescale;

/// <summary>How the history tables are to be kept where they are hypertables. What is null stays as it is.</summary>
/// <remarks>Lengths of time are texts of PostgreSQL's type interval, such as "1 day" or "90 days".</remarks>
internal sealed record TimescaleOptions
{
    /// <summary>How much time a new chunk covers; chunks that are there stay as they are.</summary>
    public string? ChunkInterval { get; init; }

    /// <summary>How long rows are kept at least. A policy that is new is added switched off: its first run would come at once.</summary>
    public string? Retention { get; init; }

    /// <summary>True removes the retention policies and the job that reconciles the cursor with them.</summary>
    public bool RemoveRetention { get; init; }

    /// <summary>True switches the retention policies on, false switches them off.</summary>
    public bool? RunRetention { get; init; }

    /// <summary>After how much time a chunk is compressed by the policies that are there.</summary>
    public string? CompressAfter { get; init; }

    /// <summary>How often these policies look for chunks.</summary>
    public string? CompressEvery { get; init; }

    /// <summary>Most chunks that one run of such a policy compresses; 0 for no limit.</summary>
    public int? MaxChunksToCompress { get; init; }

    /// <summary>How long a statement may wait for a lock of another session.</summary>
    /// <value>Default 1 minute; zero waits without limit.</value>
    public TimeSpan LockTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Refuses options that contradict each other.</summary>
    /// <exception cref="TimescaleException">They do.</exception>
    public void Validate()
    {
        if (RemoveRetention && (Retention is not null || RunRetention is not null)) throw TimescaleThrow.RetentionContradicts();
        if (MaxChunksToCompress < 0) throw TimescaleThrow.NegativeChunks(MaxChunksToCompress.Value);
    }
}
