using System.Runtime.InteropServices;

namespace StellarPipeline.LoadTest.Measuring;

/// <summary>The program as its users install it: compiled ahead of time.</summary>
internal static class PublishedProgram
{
    /// <summary>File name of the program.</summary>
    public const string Name = "stellar-pipeline.dll";

    private const string SelfContainedName = "stellar-pipeline";

    /// <summary>Publishes the program of this checkout.</summary>
    /// <param name="folder">Where it goes.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="isSelfContained">Whether .NET comes along; the path is that of an executable then.</param>
    /// <returns>The program's path; null and why not.</returns>
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
