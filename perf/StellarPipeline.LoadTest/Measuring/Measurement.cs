using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>One layer, measured once.</summary>
internal sealed record Measurement
{
    /// <summary>Wall time.</summary>
    public required double Seconds { get; init; }

    /// <summary>CPU time of this process and of the programs that it started, all cores.</summary>
    public double ClientCpuSeconds { get; init; }

    /// <summary>CPU time of the server's sessions; null where it cannot be seen.</summary>
    public double? ServerCpuSeconds { get; init; }

    /// <summary>Most physical memory of the client at a time; null where it cannot be seen.</summary>
    public long? PeakResidentBytes { get; init; }

    /// <summary>Managed memory allocated.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Garbage collections of all generations.</summary>
    public int Collections { get; init; }

    /// <summary>Time in which they stopped the program.</summary>
    public double PauseSeconds { get; init; }

    /// <summary>Bytes of the layer's input.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries or rows that passed; 0 where the layer does not know them.</summary>
    public long Items { get; init; }

    /// <summary>Write-ahead log that the server wrote; null for layers without a server.</summary>
    public long? WalBytes { get; init; }

    /// <summary>Parts of the wall time, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Steps { get; init; } = [];

    /// <summary>The report of a populate in this process.</summary>
    public PopulateReport? Report { get; init; }

    /// <summary>One sentence of evidence; null for none.</summary>
    public string? Remark { get; init; }
}
