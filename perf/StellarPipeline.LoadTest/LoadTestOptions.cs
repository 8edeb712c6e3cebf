using StellarPipeline.LoadTest.Data;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest;

/// <summary>What is measured, on how much, how often, and where.</summary>
internal sealed record LoadTestOptions
{
    /// <summary>Entries of the generated archive.</summary>
    public DatasetSize Size { get; init; } = DatasetSize.Default;

    /// <summary>Rounds: each measures every layer once, one after the other.</summary>
    /// <value>1 to 100. Default 5.</value>
    public int Rounds { get; init; } = 5;

    /// <summary>Names or groups of layers; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>
    /// Folder that keeps archives and row files from run to run. The server's operating system user must be able to read it.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>Removes the kept files of this size first.</summary>
    public bool Fresh { get; init; }

    /// <summary>
    /// A server to measure on; null for a private one. A database of its own is made there for each measurement, and dropped.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>Folder for the private server's data; null for the system's folder for temporary files.</summary>
    public string? ServerDirectory { get; init; }

    /// <summary>How the private server is set up.</summary>
    public ServerProfile Profile { get; init; }

    /// <summary>Further settings of the private server; they win over the profile.</summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder that the results are appended to, below a folder of the CPU's name; null to print them only.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>A word about the run for the heading of its section; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>How populate is run, but for the foreign keys, which are layers of their own.</summary>
    public PopulateOptions Populate { get; init; } = new();
}
