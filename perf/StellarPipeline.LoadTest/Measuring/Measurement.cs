using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>One measurement of one layer.</summary>
internal sealed record Measurement
{
    /// <summary>Wall time, seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>CPU time of this process and of programs that it started, all cores, seconds.</summary>
    public double ClientCpuSeconds { get; init; }

    /// <summary>CPU time of the server's sessions, seconds; null if unknown.</summary>
    public double? ServerCpuSeconds { get; init; }

    /// <summary>Peak physical memory of the client; null if unknown.</summary>
    public long? PeakResidentBytes { get; init; }

    /// <summary>Allocated managed memory.</summary>
    public long AllocatedBytes { get; init; }

    /// <summary>Garbage collections of all generations.</summary>
    public int Collections { get; init; }

    /// <summary>Total pause of the program for garbage collections, seconds.</summary>
    public double PauseSeconds { get; init; }

    /// <summary>Bytes of the layer's input.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries or rows processed; 0 if the layer does not count them.</summary>
    public long Items { get; init; }

    /// <summary>Write-ahead log that the server wrote; null for layers without a server.</summary>
    public long? WalBytes { get; init; }

    /// <summary>Parts of the wall time in order, seconds by name.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Steps { get; init; } = [];

    /// <summary>The report of populate if it ran in this process.</summary>
    public PopulateReport? Report { get; init; }

    /// <summary>One remark about the measurement; null for none.</summary>
    public string? Remark { get; init; }
}
