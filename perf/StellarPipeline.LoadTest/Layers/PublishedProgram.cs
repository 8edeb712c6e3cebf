using StellarPipeline.LoadTest.Measuring;

namespace StellarPipeline.LoadTest.Layers;

/// <summary>The program as <c>dotnet publish</c> installs it, compiled ahead of time.</summary>
internal static class PublishedProgram
{
    /// <summary>Its file.</summary>
    public const string Name = "stellar-pipeline.dll";

    /// <summary>Publishes it from this checkout.</summary>
    /// <param name="directory">Where its folder is made.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    /// <returns>Full path of the program.</returns>
    /// <exception cref="LoadTestException">There is no checkout, or it could not be built.</exception>
    public static async Task<string> MakeAsync(string directory, CancellationToken cancellationToken)
    {
        if (Checkout.Root() is not { } root) throw LoadTestException.Failed("there is no checkout to publish from");
        string folder = Path.GetFullPath(Path.Combine(directory, "program"));
        await ExternalProgram.RunAsync("dotnet", ["publish", Path.Combine(root, "src", "StellarPipeline.Cli"), "--configuration",
            "Release", "--output", folder, "--nologo"], null, null, cancellationToken);
        return Path.Combine(folder, Name);
    }
}
