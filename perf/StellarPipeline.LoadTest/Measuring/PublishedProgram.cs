using System.Runtime.InteropServices;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>The published program, which users install: compiled ahead of time.</summary>
internal static class PublishedProgram
{
    /// <summary>File name of the program.</summary>
    public const string Name = "stellar-pipeline.dll";

    private const string SelfContainedName = "stellar-pipeline";

    /// <summary>Publishes the program of this checkout.</summary>
    /// <param name="folder">The target folder.</param>
    /// <param name="cancellationToken">Cancels publishing.</param>
    /// <param name="isSelfContained">Whether .NET is included; the path is then that of an executable.</param>
    /// <returns>The program's path, or null and the reason.</returns>
    public static async Task<(string? Program, string? Obstacle)> MakeAsync(
        string folder, CancellationToken cancellationToken, bool isSelfContained = false)
    {
        if (Checkout.Root() is not { } root) return (null, "there is no checkout to publish from");
        string[] form = isSelfContained ? ["--runtime", RuntimeInformation.RuntimeIdentifier, "--self-contained"] : [];
        try
        {
            await ExternalProgram.RunAsync("dotnet", ["publish", Path.Combine(root, "src", "StellarPipeline.Cli"), "--configuration",
                "Release", "--output", folder, "--nologo", .. form], null, null, cancellationToken);
            return (Path.Combine(folder, isSelfContained ? SelfContainedName : Name), null);
        }
        catch (LoadTestException error)
        {
            return (null, $"it could not be published: {error.Message}");
        }
    }
}
