namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The options of a run: sizes, rounds, server, results.</summary>
internal sealed record CostOptions
{
    /// <summary>Sizes of the child table.</summary>
    /// <value>Rows, each at least 1,000.</value>
    public required IReadOnlyList<int> Children { get; init; }

    /// <summary>Number of rounds; each measures every strategy once at every size, one after the other.</summary>
    public required int Rounds { get; init; }

    /// <summary>
    /// The server to measure on; null for a private one. Each measurement creates its own database there and drops it.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>Folder for the private server's data; null for the system's folder for temporary files.</summary>
    public string? ServerDirectory { get; init; }

    /// <summary>Folder for the results, in a subfolder named after the CPU; null only prints them.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>A sentence about this run for the results, such as other work on the machine; null for none.</summary>
    public string? Note { get; init; }
}
