using StellarPipeline.LoadTest.Data;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.LoadTest;

/// <summary>The options of a run: layers, data, rounds, server.</summary>
internal sealed record LoadTestOptions
{
    /// <summary>Entries of the generated archive.</summary>
    public DatasetSize Size { get; init; } = DatasetSize.Default;

    /// <summary>Number of rounds; each measures every layer once, one after the other.</summary>
    /// <value>1 to 100. Default 5.</value>
    public int Rounds { get; init; } = 5;

    /// <summary>Names or groups of layers; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>
    /// Folder in which archives and row files are kept between runs. The server's operating system user must be able to read it.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>True removes the kept files of this size first.</summary>
    public bool Fresh { get; init; }

    /// <summary>
    /// The server to measure on; null for a private one. Each measurement creates its own database there and drops it.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>Folder for the private server's data; null for the system's folder for temporary files.</summary>
    public string? ServerDirectory { get; init; }

    /// <summary>The settings of the private server.</summary>
    public ServerProfile Profile { get; init; }

    /// <summary>Further settings of the private server; they override the profile.</summary>
    public IReadOnlyDictionary<string, string> ServerSettings { get; init; } = new Dictionary<string, string>();

    /// <summary>Folder for the results, in a subfolder named after the CPU; null only prints them.</summary>
    public string? ResultsDirectory { get; init; }

    /// <summary>A label of the run for the heading of its section; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>The options of populate, except foreign keys, which have their own layers.</summary>
    public PopulateOptions Populate { get; init; } = new();
}
