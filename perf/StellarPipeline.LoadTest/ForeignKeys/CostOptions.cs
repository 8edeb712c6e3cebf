namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>What is measured, how often, and where.</summary>
internal sealed record CostOptions
{
    /// <summary>Sizes of the child table.</summary>
    /// <value>Rows, each at least 1,000.</value>
    public required IReadOnlyList<int> Children { get; init; }

    /// <summary>Rounds: each measures every strategy once at every size, one after the other.</summary>
    public required int Rounds { get; init; }

    /// <summary>
    /// A server to measure on; null for a private one. A database of its own is made there for each measurement, and dropped.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>Folder for the private server's data; null for the system's folder for temporary files.</summary>
    public string? ServerDirectory { get; init; }

    /// <summary>Folder that the results are appended to, below a folder of the CPU's name; null to print them only.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>A sentence about this run that readers must know, such as what else the machine did; null for none.</summary>
    public string? Note { get; init; }
}
