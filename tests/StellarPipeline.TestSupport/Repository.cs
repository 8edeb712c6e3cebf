namespace StellarPipeline.TestSupport;

/// <summary>The repository in which the tests were built.</summary>
public static class Repository
{
    /// <summary>Gets the repository's folder.</summary>
    /// <exception cref="InvalidOperationException">The tests do not run inside a repository.</exception>
    public static string Root { get; } = Find();

    /// <summary>Returns the full path of a file or folder in the repository.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
