using Xunit;

namespace StellarPipeline.TestSupport;

/// <summary>
/// Finds recorded ledgers and archives, which are too large for the repository. Tests that need them are skipped if they are missing.
/// </summary>
public static class SampleData
{
    private const string Variable = "PIPELINE_SAMPLE_DATA";

    /// <summary>The folder named by PIPELINE_SAMPLE_DATA, else the nearest <c>shared/data</c> beside a folder above this program; null if
    /// there is none.</summary>
    public static string? Root { get; } = Find();

    /// <summary>Full path of a file or folder of the sample data. Skips the test with the reason if it is missing.</summary>
    /// <param name="relative">Path relative to <see cref="Root"/>, with forward slashes.</param>
    public static string Require(string relative)
    {
        Skip.If(Root is null, $"No sample data. Set {Variable} to their folder.");
        string path = Path.Combine(Root!, relative.Replace('/', Path.DirectorySeparatorChar));
        Skip.IfNot(File.Exists(path) || Directory.Exists(path), $"The sample data in {Root} do not contain {relative}.");
        return path;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return Directory.Exists(named) ? Path.GetFullPath(named) : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
