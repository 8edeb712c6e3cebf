namespace StellarPipeline.LoadTest.Measuring;

/// <summary>The program as its users install it: compiled ahead of time.</summary>
internal static class PublishedProgram
{
    /// <summary>File name of the program.</summary>
    public const string Name = "stellar-pipeline.dll";

    /// <summary>Publishes the program of this checkout.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The program's path; null and why not.</returns>
    public static async Task<(string? Program, string? Obstacle)> MakeAsync(string folder, CancellationToken cancellationToken)
    {
        if (Checkout.Root() is not { } root) return (null, "there is no checkout to publish from");
        try
        {
            await ExternalProgram.RunAsync("dotnet", ["publish", Path.Combine(root, "src", "StellarPipeline.Cli"), "--configuration",
                "Release", "--output", folder, "--nologo"], null, null, cancellationToken);
            return (Path.Combine(folder, Name), null);
        }
        catch (LoadTestException error)
        {
            return (null, $"it could not be published: {error.Message}");
        }
    }
}
